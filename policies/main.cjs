// What the Pulumi CLI starts for `--policy-pack policies`: the pack of index.ts as it is built now.
"use strict";
module.exports = require("../cli/launch/underPulumi.cjs").load("policies");
