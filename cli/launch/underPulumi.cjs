// Loads this project's code under the Pulumi CLI, whose Node may be too old.
"use strict";

/**
 * Loads a program of this project as it is built now.
 *
 * @param name - name of the program in build.cjs
 * @throws RunError when Node is too old
 */
exports.load = (name) => {
  const { node } = process.versions;
  if (Number(node.split(".")[0]) < 24) {
    const { RunError } = require("@pulumi/pulumi");
    throw new RunError(
      `This program needs Node 24 or newer, but the Pulumi CLI has started it with Node ${node}. Put a newer node first in PATH.`,
    );
  }
  return require("./build.cjs").load(name);
};
