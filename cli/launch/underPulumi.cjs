// Where the Pulumi CLI starts this project's code, it picks the Node; it may be too old.
"use strict";

/**
 * Loads a program of this project as it is built now.
 *
 * @param name - what build.cjs calls it
 * @throws RunError when Node is too old
 */
exports.load = (name) => {
  const { node } = process.versions;
  if (Number(node.split(".")[0]) < 24) {
    const { RunError } = require("@pulumi/pulumi");
    throw new RunError(
      `This program runs on Node 24 or newer, and the Pulumi CLI has started it with Node ${node}. Put a newer node first in PATH.`,
    );
  }
  return require("./build.cjs").load(name);
};
