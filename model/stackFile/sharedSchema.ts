/** Fields that stack files of several kinds have. */
import { z } from "zod";

import { isSystemNamespace } from "../contracts/names";
import { enforcementLevels } from "../pulumi/policyPack";
import { dnsLabel } from "./fields";

/** Resource profiles; what each role gets is in sizes.ts. */
export const sizeSchema = z.enum(["small", "medium"]);

/** Namespace of a stack. */
export const namespaceName = dnsLabel("a namespace", 40).refine((name) => !isSystemNamespace(name), {
  error: "it is a namespace of Kubernetes itself; choose another one",
});

/** The names of policies and their settings are checked against the pack: see policyProfile.ts. */
export const policySettingsSchema = z.record(
  z.string(),
  z.union([z.enum(enforcementLevels), z.looseObject({ enforcementLevel: z.enum(enforcementLevels).optional() })], {
    error: `an enforcement level (${enforcementLevels.join(", ")}) or settings are expected`,
  }),
);

/** `policies` of a stack. */
export const overriddenPolicies = policySettingsSchema
  .optional()
  .describe("Policies that are taken otherwise here than in the environment: an enforcement level, or settings.");
