/** The schema of `operator` of a platform's monitoring: what the Prometheus operator of the cluster chooses objects by. */
import { z } from "zod";

import { labels } from "./podSchema";

/** `operator` of a platform's monitoring. */
export const operatorSchema = z.strictObject({
  labels: labels("stack")
    .default({})
    .describe(
      "Labels of all these objects, by which your Prometheus and Alertmanager choose them, such as release: kube-prometheus-stack. Default: none.",
    ),
});

/** `operator` of a platform's monitoring with all defaults filled in. */
export type OperatorConfig = z.output<typeof operatorSchema>;
