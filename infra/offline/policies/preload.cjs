// Loaded into the policy pack's process before Pulumi's runner of policy packs: makes its start quick, as for programs.
"use strict";
const Module = require("node:module");
const path = require("node:path");

require("../engine/preload.cjs");

// The runner has ts-node compile the pack and check its types, at each start. The pack is compiled as programs are.
const fromPack = Module.createRequire(path.join(process.cwd(), "_"));
const filename = fromPack.resolve("@pulumi/pulumi/tsutils.js");
const tsutils = new Module(filename);
Object.assign(tsutils, {
  filename,
  loaded: true,
  exports: {
    loadTypeScriptCompilerOptions: () => ({}),
    typeScriptRequireStrings: () => ({ tsnodeRequire: __filename, typescriptRequire: __filename }),
  },
});
require.cache[filename] = tsutils;

// For every policy the SDK converts a resource's properties anew, and then copies what it got: once will do.
const fromPolicy = Module.createRequire(fromPack.resolve("@pulumi/policy"));
const { Struct } = fromPolicy("google-protobuf/google/protobuf/struct_pb.js");
const convert = Struct.prototype.toJavaScript;
const converted = new WeakMap();
Struct.prototype.toJavaScript = function () {
  let value = converted.get(this);
  if (value === undefined) converted.set(this, (value = convert.call(this)));
  return value;
};

// What the runner takes of ts-node and of TypeScript.
exports.register = () => {};
exports.version = require("typescript/package.json").version;
