// For `node --require`: lets the offline commands, themselves written in TypeScript, start without tsx, which examines
// every JavaScript file that is loaded and takes half a second to do so.
"use strict";
const path = require("node:path");

// Node 22 and newer keep compiled code between runs.
require("node:module").enableCompileCache?.();

const folder = path.join(__dirname, "..", "..", "..");
require("./compile.cjs").register({ folder, store: path.join(folder, ".baas", "cache", "compiled") });
process.setSourceMapsEnabled(true);
