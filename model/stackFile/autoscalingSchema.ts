/** The schema of `autoscaling`: how far Kubernetes may add pods to something that has `replicas`. */
import { z } from "zod";

import { text } from "./fields";

/** `autoscaling` of the gateway, the API server and chaincodes. `replicas` is the least number. */
export const autoscalingSchema = z.strictObject({
  maxReplicas: z.int().min(2).max(50).describe("Pods at most. At least there are as many as `replicas` says."),
  cpu: text(/^[1-9][0-9]{0,4}m?$/, "CPU is a number of cores, or of thousandths with m, such as 700m", 6)
    .default("700m")
    .describe(
      "CPU that the pods use on average. With more, another pod starts; with less, one ends. Default: 700m, of a limit of 1.",
    ),
});

/** `autoscaling` with all defaults filled in. */
export type AutoscalingConfig = z.output<typeof autoscalingSchema>;
