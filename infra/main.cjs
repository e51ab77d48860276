// What the Pulumi CLI starts: the program of index.ts as it is built now.
"use strict";
module.exports = require("../cli/launch/underPulumi.cjs").load("program");
