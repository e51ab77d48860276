import { group } from "../../model/contracts/apiGroup";
import { networkLabel } from "../../model/contracts/labels";
import { authorityOfRoots } from "../../model/contracts/names";
import { isRecord } from "../kit/nodes";
import { type KubernetesObject, podOf, roleOf } from "../kit/objects";
import { objectPolicy, texts } from "../kit/policy";
import { usedPulumiAnnotations } from "../kit/productUses";
import type { StackFile } from "../kit/stackFile";

const name = "security-metadata";

/** What is wrong, and whether an environment can allow it. */
interface Mistake {
  what: string;
  isAllowable?: boolean;
}

/** Labels and annotations by which others act on an object are listed. */
export const metadata = objectPolicy<{ allowed: string[] }>({
  name,
  level: "mandatory",
  description: "Objects have labels and annotations of the product, of nobody, or of the environment.",
  why:
    "By a label or an annotation, whatever runs in the cluster gives a pod a second network, rights in the cloud, or another " +
    "container; puts a Service on the Internet; copies a Secret elsewhere; leaves a namespace unguarded. A finalizer keeps an object " +
    "for ever, an owner takes it along.",
  settings: {
    allowed: {
      ...texts,
      description:
        "Other keys (`sidecar.istio.io/inject`), and domains with all of theirs (`prometheus.io/`). What `pods` and " +
        "`gateway.annotations` of the environment say needs no entry.",
    },
  },
  allowing: ["allowed"],
  limits:
    "Keys without a domain are everybody's own, by Kubernetes' convention, and so are those of the domains for examples " +
    "(example.com). `pods` of a stack file may add these only.",
  check(object, { settings: { allowed }, stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    return mistakes(object, allowed, stackFile).map(({ what, isAllowable }) => ({
      place,
      message: `${what}. Leave it out in ${file}${isAllowable ? stackFile.orAllow(name, "allowed") : ""}`,
    }));
  },
});

function mistakes(object: KubernetesObject, allowed: readonly string[], stackFile: StackFile): Mistake[] {
  const own = isRecord(object.body.metadata) ? object.body.metadata : {};
  const pod = object.kind === "Pod" ? undefined : podOf(object);
  const lists: [list: "labels" | "annotations", entries: unknown, of: string][] = [
    ["labels", own.labels, ""],
    ["annotations", own.annotations, ""],
    ["labels", pod?.labels, " of its pods"],
    ["annotations", pod?.annotations, " of its pods"],
  ];
  const found = lists.flatMap(([list, entries, of]): Mistake[] =>
    isRecord(entries)
      ? Object.keys(entries)
          .filter(
            (key) => !isListed(key, object, allowed) && !isOfEnvironment(list, key, entries[key], object, stackFile),
          )
          .map((key) => ({
            what: `${list === "labels" ? "label" : "annotation"} ${key}${of} tells others than the product what to do`,
            isAllowable: true,
          }))
      : [],
  );
  return [
    ...new Map(
      [...found, ...identities(object, own, pod?.labels, stackFile)].map((each) => [each.what, each]),
    ).values(),
  ];
}

/** Domains that nobody owns: RFC 2606. */
const reserved = /(^|\.)(example(\.(com|net|org))?|test|invalid|localhost)$/;

function isListed(key: string, { kind }: KubernetesObject, allowed: readonly string[]): boolean {
  const end = key.indexOf("/");
  if (end < 0 || allowed.includes(key)) return true;
  const domain = key.slice(0, end);
  if (domain === group || domain === "app.kubernetes.io" || reserved.test(domain.slice(-64))) return true;
  if (domain === "pod-security.kubernetes.io") return kind === "Namespace";
  return allowed.includes(`${domain}/`) || usedPulumiAnnotations.includes(key) || isReportedBySecurity(key, kind);
}

/** What other policies know better: profiles of AppArmor, and rights that clouds and ClusterRoles give. */
function isReportedBySecurity(key: string, kind: string): boolean {
  if (kind === "ClusterRole") return key.startsWith("rbac.authorization.k8s.io/");
  return key.startsWith("container.apparmor.security.beta.kubernetes.io/");
}

/** Whether the environment says the same: for pods, and for the Service of the gateway. */
function isOfEnvironment(
  list: "labels" | "annotations",
  key: string,
  value: unknown,
  object: KubernetesObject,
  { environment }: StackFile,
): boolean {
  const says = (entries: Record<string, string> | undefined): boolean =>
    entries !== undefined && Object.hasOwn(entries, key) && entries[key] === value;
  if (object.kind === "Service") {
    return list === "annotations" && roleOf(object) === "gateway" && says(environment?.gateway?.annotations);
  }
  return podOf(object) !== undefined && Object.values(environment?.pods ?? {}).some((pods) => says(pods?.[list]));
}

/** Whose an object says that it is, and what keeps it or takes it along. */
function identities(
  { kind, body, name }: KubernetesObject,
  own: Record<string, any>,
  ofPods: Record<string, string> | undefined,
  { stack, kind: ofStack }: StackFile,
): Mistake[] {
  const found: Mistake[] = [];
  for (const labels of [own.labels, ofPods]) {
    const network: unknown = labels?.[networkLabel];
    if (network === undefined || (ofStack === "network" && network === stack)) continue;
    found.push({ what: `label ${networkLabel} is "${String(network)}", which is not the network of the stack` });
  }
  for (const field of ["finalizers", "ownerReferences", "generateName"]) {
    if ((own[field] ?? undefined) === undefined || own[field].length === 0) continue;
    found.push({ what: `metadata.${field} makes another program, or none, decide when it goes` });
  }
  if (ofStack === "network" && isMadeAtRunTime(kind, name)) {
    found.push({
      what: `"${name}" is made by a certificate authority, the controller or Kubernetes, who others believe it is from`,
    });
  }
  if (kind === "Namespace" && body.spec?.finalizers !== undefined) {
    found.push({ what: `spec.finalizers keeps the namespace "${name}"` });
  }
  return found;
}

/** Whether programs in the cluster make an object of this name: roots and genesis blocks that all trust, registrars, enrolments. */
function isMadeAtRunTime(kind: string, name: string): boolean {
  if (kind === "Secret") return /-(registrar|enrolment)$/.test(name);
  return (
    kind === "ConfigMap" &&
    (name === "kube-root-ca.crt" || authorityOfRoots(name) !== undefined || /-genesis$/.test(name))
  );
}
