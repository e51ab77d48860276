// Entry point of the Pulumi CLI. It builds index.ts and runs it.
"use strict";
module.exports = require("../cli/launch/underPulumi.cjs").load("program");
