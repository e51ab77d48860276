/**
 * The schema of `pods` in stack files and environments: where pods run, how their images are pulled, and what they carry
 * beside the labels and annotations of this project. The fields are those of Kubernetes' PodSpec. mergedPods.ts merges them.
 */
import { z } from "zod";

import { dnsSubdomain, namespaceLabel, qualifiedName } from "../contracts/nameRules";
import { type FileOwner, refusedAnnotation, refusedLabel } from "./podKeys";

/** Roles of pods that have settings of their own. CouchDB runs in the pod of its peer. */
const networkRoles = [
  ...(["certificateAuthority", "peer", "orderer", "chaincode", "smokeTest"] as const),
  ...(["gateway", "api", "studio"] as const),
] as const;
const ethereumRoles = ["validator", "bootnode", "rpcNode", "jsonRpc"] as const;
const monitoringRoles = ["prometheus", "alertmanager", "grafana", "kubeStateMetrics", "nodeExporter"] as const;
const platformRoles = ["controller", "kafka", "zookeeper", ...monitoringRoles] as const;
/** All roles: those of networks of either kind, and those of the platform. */
export const podRoles = [...networkRoles, ...ethereumRoles, ...platformRoles] as const;

/** A role of pods. */
export type PodRole = (typeof podRoles)[number];

const objectName = z
  .string()
  .max(dnsSubdomain.maxLength, `at most ${dnsSubdomain.maxLength} characters`)
  .regex(dnsSubdomain.pattern, 'a name is lower-case letters, digits, "-" and "."');

const namespaceName = z
  .string()
  .max(namespaceLabel.maxLength, `at most ${namespaceLabel.maxLength} characters`)
  .regex(namespaceLabel.pattern, `a namespace is ${namespaceLabel.text}`);

/** The class of `system-` is for what the cluster itself needs: its pods evict all others. */
const priorityClassName = (owner: FileOwner) =>
  objectName.refine((name) => owner === "environment" || !name.startsWith("system-"), {
    error: "its pods would evict those of the cluster's other stacks: only `pods` of the environment may have it",
  });

// With the length in the pattern, whatever is wrong with a key has one message.
const keyPattern = new RegExp(qualifiedName.pattern.source.replace(/^\^/, `^(?=.{1,${qualifiedName.maxLength}}$)`));
const keyRule =
  'a key is letters, digits, "-", "_" and ".", 63 at most, after an optional lower-case "<domain>/" of 253 at most';
const key = z.string().regex(keyPattern, keyRule);

const labelValue = z
  .string()
  .max(63, "at most 63 characters")
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, 'a label\'s value is letters, digits, "-", "_" and "."');

/** A map whose keys are qualified names, each checked with its own message. */
const map = (
  value: z.ZodType<string, string>,
  refused: (key: string, value: string) => string | undefined = () => undefined,
) =>
  z.record(z.string(), value).superRefine((entries, ctx) => {
    for (const [name, input] of Object.entries(entries)) {
      const message = keyPattern.test(name) ? refused(name, input) : keyRule;
      if (message !== undefined) ctx.addIssue({ code: "custom", path: [name], message, input });
    }
  });

/** A list in which Kubernetes tells entries apart by a key, and refuses two that are alike. */
const listBy = <T>(entry: z.ZodType<T, unknown>, keyOf: (entry: T) => string) =>
  z.array(entry).superRefine((entries, ctx) => {
    const first = new Map<string, number>();
    for (const [i, input] of entries.entries()) {
      const earlier = first.get(keyOf(input));
      if (earlier === undefined) first.set(keyOf(input), i);
      else ctx.addIssue({ code: "custom", path: [i], message: `it is like entry ${earlier}: leave one out`, input });
    }
  });

/** Labels and annotations as the owner of a file may write them. */
export const labels = (owner: FileOwner) => map(labelValue, (name) => refusedLabel(owner, name));
const annotations = (owner: FileOwner) =>
  map(z.string().max(65_536, "at most 65536 characters"), (name, value) => refusedAnnotation(owner, name, value));

interface Expression {
  operator: string;
  values?: string[] | undefined;
}

/** Exists and DoesNotExist have no values, Gt and Lt one whole number, all others at least one. */
function checkValues({ operator, values = [] }: Expression, ctx: z.core.$RefinementCtx<Expression>): void {
  const refuse = (message: string): void => ctx.addIssue({ code: "custom", path: ["values"], message, input: values });
  if (/Exist/.test(operator)) {
    if (values.length > 0) refuse(`${operator} takes no values: leave them out`);
  } else if (/^[GL]t$/.test(operator)) {
    if (values.length !== 1 || !isInt64(values[0]!)) refuse(`${operator} takes one whole number of 64 bits, in quotes`);
  } else if (values.length === 0) refuse(`${operator} takes at least one value`);
}

function isInt64(text: string): boolean {
  return /^-?[0-9]{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

const expression = <T extends [string, ...string[]]>(operators: T) =>
  z
    .strictObject({ key, operator: z.enum(operators), values: z.array(labelValue).optional() })
    .superRefine((given, ctx) => checkValues(given as Expression, ctx as z.core.$RefinementCtx<Expression>));

const labelSelector = z.strictObject({
  matchLabels: map(labelValue).optional(),
  matchExpressions: z.array(expression(["In", "NotIn", "Exists", "DoesNotExist"])).optional(),
});

const nodeExpressions = z.array(expression(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])).min(1);
const nodeTerm = z.strictObject({ matchExpressions: nodeExpressions });
const weight = z.int().min(1).max(100);

const nodeAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .strictObject({ nodeSelectorTerms: z.array(nodeTerm).min(1) })
    .optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z.array(z.strictObject({ weight, preference: nodeTerm })).optional(),
});

const podTerm = z.strictObject({
  topologyKey: key,
  labelSelector,
  namespaces: z.array(namespaceName).optional(),
  namespaceSelector: labelSelector.optional(),
});

const podAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm).optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.strictObject({ weight, podAffinityTerm: podTerm }))
    .optional(),
});

const affinity = z.strictObject({
  nodeAffinity: nodeAffinity.optional().describe("Nodes that the pods must, or should, run on."),
  podAffinity: podAffinity.optional().describe("Pods that they must, or should, run beside."),
  podAntiAffinity: podAffinity.optional().describe("Pods that they must not, or should not, run beside."),
});

const toleration = z
  .strictObject({
    key: key.optional().describe("Key of the taint. Without one, and with operator Exists: every taint."),
    operator: z.enum(["Equal", "Exists"]).optional().describe("Default: Equal."),
    value: labelValue.optional().describe("Value of the taint, for Equal."),
    effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Default: every effect."),
    tolerationSeconds: z.int().min(0).optional().describe("For NoExecute: how long the pod stays. Default: for ever."),
  })
  .superRefine(({ key: taint, operator = "Equal", value, effect, tolerationSeconds }, ctx) => {
    const refuse = (path: string, input: unknown, message: string): void =>
      ctx.addIssue({ code: "custom", path: [path], message, input });
    if (taint === undefined && operator !== "Exists")
      refuse("operator", operator, "must be Exists where there is no key");
    if (operator === "Exists" && value !== undefined) refuse("value", value, "Exists takes no value: leave it out");
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      refuse("tolerationSeconds", tolerationSeconds, "is for the effect NoExecute only");
    }
  });

const topologySpread = z.strictObject({
  topologyKey: key.describe("Label of nodes whose values are the places, such as topology.kubernetes.io/zone."),
  maxSkew: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .default(1)
    .describe("How much fuller one place may be than another. Default: 1."),
  whenUnsatisfiable: z
    .enum(["ScheduleAnyway", "DoNotSchedule"])
    .default("ScheduleAnyway")
    .describe("Whether a pod rather waits than breaks the rule. Default: ScheduleAnyway."),
});

const podSettings = (owner: FileOwner) =>
  z.strictObject({
    imagePullSecrets: listBy(objectName, (name) => name)
      .optional()
      .describe("Secrets of type kubernetes.io/dockerconfigjson in the stack's namespace, which you make there."),
    nodeSelector: map(labelValue).optional().describe("Labels of the nodes that the pods run on."),
    tolerations: z.array(toleration).optional().describe("Taints of nodes that the pods tolerate."),
    affinity: affinity.optional().describe("Affinity to nodes and other pods, as in a PodSpec."),
    priorityClassName: priorityClassName(owner).optional().describe("PriorityClass, which must exist in the cluster."),
    topologySpread: listBy(topologySpread, (entry) => `${entry.topologyKey} ${entry.whenUnsatisfiable}`)
      .optional()
      .describe(
        "Places to spread the pods of a role over, beside the cluster's nodes. An entry for kubernetes.io/hostname takes the " +
          "place of that default.",
      ),
    labels: labels(owner).optional().describe("More labels for the pods and their workload. They are in no selector."),
    annotations: annotations(owner).optional().describe("More annotations for the pods and their workload."),
  });

/** Settings by role, and for all. */
const byRole = <T extends [string, ...string[]]>(owner: FileOwner, roles: T) =>
  z.partialRecord(z.enum(roles), podSettings(owner));

/** `pods` of an environment. */
export const environmentPodsSchema = byRole("environment", ["all", ...podRoles]);
/** `pods` of a network. */
export const networkPodsSchema = byRole("stack", ["all", ...networkRoles]);
/** `pods` of an Ethereum network. */
export const ethereumPodsSchema = byRole("stack", ["all", ...ethereumRoles, "smokeTest", "gateway"]);
/** `pods` of a platform. */
export const platformPodsSchema = byRole("stack", [...platformRoles, "certificateAuthority", "gateway"]);

/** Settings of the pods of one role. */
export type PodSettings = z.output<ReturnType<typeof podSettings>>;
/** `pods` of any file. */
export type PodsConfig = Partial<Record<PodRole | "all", PodSettings | undefined>>;
