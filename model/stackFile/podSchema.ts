/**
 * The schema of `pods` in stack files and environments: where pods run, how their images are pulled, and what they carry
 * beside the labels and annotations of this project. The fields are those of Kubernetes' PodSpec. mergedPods.ts merges them.
 */
import { z } from "zod";

import { group } from "../contracts/apiGroup";
import {
  instanceLabel,
  managedByLabel,
  networkLabel,
  organizationLabel,
  partOfLabel,
  roleLabel,
} from "../contracts/labels";
import { dnsSubdomain, qualifiedName } from "../contracts/nameRules";

/** Roles of pods that have settings of their own. CouchDB runs in the pod of its peer. */
const networkRoles = ["certificateAuthority", "peer", "orderer", "chaincode", "smokeTest", "gateway"] as const;
/** All roles: those of a network, and the network controller of the platform. */
export const podRoles = [...networkRoles, "controller"] as const;

/** A role of pods. */
export type PodRole = (typeof podRoles)[number];

const objectName = z
  .string()
  .max(dnsSubdomain.maxLength, `at most ${dnsSubdomain.maxLength} characters`)
  .regex(dnsSubdomain.pattern, 'a name is lower-case letters, digits, "-" and "."');

// With the length in the pattern, whatever is wrong with a key has one message.
const keyPattern = new RegExp(qualifiedName.pattern.source.replace(/^\^/, `^(?=.{1,${qualifiedName.maxLength}}$)`));
const keyRule = 'a key is letters, digits, "-", "_" and ".", 63 at most, after an optional "<domain>/"';
const key = z.string().regex(keyPattern, keyRule);

const labelValue = z
  .string()
  .max(63, "at most 63 characters")
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, 'a label\'s value is letters, digits, "-", "_" and "."');

/** A map whose keys are qualified names, each checked with its own message. */
const map = (value: z.ZodType<string, string>, refused: (key: string) => string | undefined = () => undefined) =>
  z.record(z.string(), value).superRefine((entries, ctx) => {
    for (const name of Object.keys(entries)) {
      const message = keyPattern.test(name) ? refused(name) : keyRule;
      if (message !== undefined) ctx.addIssue({ code: "custom", path: [name], message, input: entries[name] });
    }
  });

/** Selectors find objects by these, and they never change. */
const ownLabels = [partOfLabel, networkLabel, organizationLabel, roleLabel, instanceLabel, managedByLabel];

/** Prefixes of labels that controllers of Kubernetes write and select by. */
const kubernetesLabels =
  /^((apps|batch|statefulset|pod-security|topology)\.kubernetes\.io\/|kubernetes\.io\/|controller-uid$|job-name$|pod-template-hash$|controller-revision-hash$)/;

const isOwn = (name: string): boolean => ownLabels.includes(name) || name.startsWith(`${group}/`);

const labels = map(labelValue, (name) => {
  if (isOwn(name)) return "is a label of baas itself, which selectors find objects by: choose another key";
  return kubernetesLabels.test(name) ? "is a label that Kubernetes itself writes: choose another key" : undefined;
});

const annotations = map(z.string().max(65_536, "at most 65536 characters"), (name) => {
  if (isOwn(name) || name.startsWith("pulumi.com/")) return "is an annotation of baas or Pulumi: choose another key";
  if (
    /^((container\.)?(apparmor|seccomp)\.security\.(alpha|beta)\.kubernetes\.io\/|seccomp\.security\.alpha\.)/.test(
      name,
    )
  ) {
    return "would change the security of pods, which podSecurity of the environment decides: leave it out";
  }
  return /^(kubectl|deployment|deprecated\.daemonset\.template)\.kubernetes\.io\//.test(name)
    ? "is an annotation that Kubernetes itself writes: choose another key"
    : undefined;
});

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
    if (values.length !== 1 || !/^-?[0-9]+$/.test(values[0]!)) refuse(`${operator} takes one whole number, in quotes`);
  } else if (values.length === 0) refuse(`${operator} takes at least one value`);
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
  namespaces: z.array(objectName).optional(),
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
  maxSkew: z.int().min(1).default(1).describe("How much fuller one place may be than another. Default: 1."),
  whenUnsatisfiable: z
    .enum(["ScheduleAnyway", "DoNotSchedule"])
    .default("ScheduleAnyway")
    .describe("Whether a pod rather waits than breaks the rule. Default: ScheduleAnyway."),
});

const podSettings = z.strictObject({
  imagePullSecrets: z
    .array(objectName)
    .optional()
    .describe("Secrets of type kubernetes.io/dockerconfigjson in the stack's namespace, which you make there."),
  nodeSelector: map(labelValue).optional().describe("Labels of the nodes that the pods run on."),
  tolerations: z.array(toleration).optional().describe("Taints of nodes that the pods tolerate."),
  affinity: affinity.optional().describe("Affinity to nodes and other pods, as in a PodSpec."),
  priorityClassName: objectName.optional().describe("PriorityClass, which must exist in the cluster."),
  topologySpread: z
    .array(topologySpread)
    .optional()
    .describe(
      "Places to spread the pods of a role over, beside the cluster's nodes. An entry for kubernetes.io/hostname takes the " +
        "place of that default.",
    ),
  labels: labels.optional().describe("More labels for the pods and their workload. They are in no selector."),
  annotations: annotations.optional().describe("More annotations for the pods and their workload."),
});

/** Settings by role, and for all. */
const byRole = <T extends [string, ...string[]]>(roles: T) => z.partialRecord(z.enum(roles), podSettings);

/** `pods` of an environment. */
export const environmentPodsSchema = byRole(["all", ...podRoles]);
/** `pods` of a network. */
export const networkPodsSchema = byRole(["all", ...networkRoles]);
/** `pods` of a platform. */
export const platformPodsSchema = byRole(["controller"]);

/** Settings of the pods of one role. */
export type PodSettings = z.output<typeof podSettings>;
/** `pods` of any file. */
export type PodsConfig = Partial<Record<PodRole | "all", PodSettings | undefined>>;
