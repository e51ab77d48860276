// Loaded into the policy pack's process before Pulumi's runner of policy packs: makes its start quick, as for programs.
"use strict";
const Module = require("node:module");
const path = require("node:path");

require("../program/preload.cjs");

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

// For every policy the SDK converts a resource's properties anew, which takes longer than most policies do. Once is
// enough: policies look at them and leave them as they are (the tests of ours freeze them).
const deserialize = fromPack("@pulumi/policy/deserialize.js");
const { deserializeProperties } = deserialize;
const converted = new WeakMap();
deserialize.deserializeProperties = (struct, forRemedy) => {
  // A remedy may change what it is given.
  if (forRemedy) return deserializeProperties(struct, forRemedy);
  let properties = converted.get(struct);
  if (properties === undefined) converted.set(struct, (properties = deserializeProperties(struct, false)));
  return properties;
};

// What the runner takes of ts-node and of TypeScript.
exports.register = () => {};
exports.version = require("typescript/package.json").version;
