// `node cli/launch/tool.cjs BIN ARGS...`: runs a program of node_modules under the Node and with the dependencies that this
// project wants. `npm test` starts Vitest by it.
"use strict";
require("./launch.cjs").launchTool(process.argv.slice(2));
