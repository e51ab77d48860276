/** The schema of `serviceLevels` of a platform's monitoring: how good networks are to be. */
import { z } from "zod";

import { dnsLabel } from "./fields";

/** From less than 95, no pace of failures would be an alert: a budget of a twentieth takes an hour at 14.4 times the pace. */
const share = z.number().min(95).max(99.99);

/** Bounds of Fabric's histogram of calls. Others cannot be told apart. */
const commitBounds = ["500ms", "1s", "2.5s", "5s", "10s"] as const;

const submit = share.describe("Percent of the calls Endorse, Submit and CommitStatus that peers do not fail.");
const evaluate = share.describe("Percent of the calls Evaluate that peers do not fail.");
const commit = share.describe("Percent of the calls CommitStatus that are answered within `commitWithin`.");
const commitWithin = z.enum(commitBounds).describe("How soon a transaction is to be committed.");

const ofNetwork = z.strictObject({
  name: dnsLabel("a network's name", 40).describe("The network."),
  submit: submit.optional(),
  evaluate: evaluate.optional(),
  commit: commit.optional(),
  commitWithin: commitWithin.optional(),
});

/** `serviceLevels` of a platform's monitoring. */
export const serviceLevelsSchema = z.strictObject({
  submit: submit.default(99.9),
  evaluate: evaluate.default(99.9),
  commit: commit.default(99),
  commitWithin: commitWithin.default("5s"),
  networks: z.array(ofNetwork).max(500).default([]).describe("Networks that are to be better, or may be worse."),
});

/** `serviceLevels` of a platform's monitoring with all defaults filled in. */
export type ServiceLevelsConfig = z.output<typeof serviceLevelsSchema>;
