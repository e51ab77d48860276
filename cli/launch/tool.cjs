// `node cli/launch/tool.cjs BIN ARGS...`: runs a program of node_modules with the required Node and current dependencies.
// `npm test` uses it to start Vitest.
"use strict";
require("./launch.cjs").launchTool(process.argv.slice(2));
