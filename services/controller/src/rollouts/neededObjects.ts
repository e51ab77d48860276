/** Finds the ConfigMaps and Secrets that a node's next pod cannot start without and that are not there. */
import { rootsConfigMapName } from "../../../../model/contracts/names";
import { platformCaName } from "../../../../model/contracts/platformCa";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../../common/kubernetes/request";
import { type Result, waiting } from "../reconciler";
import { collections, type ControllerRevision } from "../resources";
import type { Node } from "./nodes";

/** A ConfigMap or Secret. */
interface Needed {
  kind: "ConfigMap" | "Secret";
  name: string;
}

/** A reference to a ConfigMap or Secret, as far as it is read here. */
interface Reference {
  name?: string;
  optional?: boolean;
}

/** The part of a pod's spec that names ConfigMaps and Secrets. */
interface NamingSpec {
  volumes?: (Source & { projected?: { sources?: Source[] } })[];
  initContainers?: NamingContainer[];
  containers?: NamingContainer[];
}

/** Of a volume, a Secret has another key for its name than everywhere else. */
interface Source {
  configMap?: Reference;
  secret?: Reference & { secretName?: string };
}

interface NamingContainer {
  env?: { valueFrom?: { configMapKeyRef?: Reference; secretKeyRef?: Reference } }[];
  envFrom?: { configMapRef?: Reference; secretRef?: Reference }[];
}

/** Where the nodes and the platform's CA are. */
export interface NeededObjectsOptions {
  api: KubernetesApi;
  platformNamespace: string;
}

/**
 * Looks for what the next pod of a node, made from the template that its StatefulSet has now, needs. Without it the pod would wait, and
 * the node would be away until somebody has made it.
 *
 * @returns the result to stop with; undefined if everything is there
 */
export async function missingBeforeRestart(options: NeededObjectsOptions, node: Node): Promise<Result | undefined> {
  const { api, platformNamespace } = options;
  const { namespace, name, revision } = node;
  if (revision === undefined) return undefined;
  const path = `${collections.controllerRevisions(namespace)}/${revision}`;
  const found = await unlessMissing(api.call<ControllerRevision>("GET", path));
  const template = found?.data?.spec?.template as { spec?: NamingSpec } | undefined;
  const needed = neededBy(template?.spec ?? {});
  const there = await Promise.all(needed.map((one) => isThere(api, namespace, one)));
  const missing = needed.filter((_, index) => !there[index]);
  if (missing.length === 0) return undefined;
  const names = missing.map((one) => `${one.kind} ${one.name}`).join(", ");
  const wait = `${name} restarts next. Before that: its new pod needs ${names}, not there yet.`;
  if (!missing.some(isPlatformRoots)) {
    const remedy = `Apply the platform and then the whole stack, or see what is not ready: kubectl get baas -n ${namespace}`;
    return waiting("NeededObjectMissing", `${wait} ${remedy}`);
  }
  const where = `CertificateAuthority ${platformCaName} in namespace ${platformNamespace}`;
  return waiting("PlatformRootsMissing", `${wait} Apply the platform first, and see whether ${where} is ready.`);
}

const isPlatformRoots = ({ kind, name }: Needed): boolean =>
  kind === "ConfigMap" && name === rootsConfigMapName(platformCaName);

async function isThere(api: KubernetesApi, namespace: string, { kind, name }: Needed): Promise<boolean> {
  const collection = kind === "Secret" ? collections.secrets(namespace) : collections.configMaps(namespace);
  return (await unlessMissing(api.call("GET", `${collection}/${name}`))) !== undefined;
}

/** What a pod names and is not optional, each once. */
function neededBy({ volumes = [], initContainers = [], containers = [] }: NamingSpec): Needed[] {
  const sources = volumes.flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
  const all = [...initContainers, ...containers];
  const values = all.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom ?? []));
  const froms = all.flatMap(({ envFrom = [] }) => envFrom);
  const named = (kind: Needed["kind"], references: (Reference | undefined)[]): Needed[] => {
    const required = references.flatMap((one) => (one?.name === undefined || one.optional === true ? [] : [one.name]));
    return [...new Set(required)].map((name) => ({ kind, name }));
  };
  const secretOf = ({ secret }: Source): Reference | undefined =>
    secret?.secretName === undefined ? secret : { ...secret, name: secret.secretName };
  return [
    ...named("ConfigMap", [
      ...sources.map(({ configMap }) => configMap),
      ...values.map(({ configMapKeyRef }) => configMapKeyRef),
      ...froms.map(({ configMapRef }) => configMapRef),
    ]),
    ...named("Secret", [
      ...sources.map(secretOf),
      ...values.map(({ secretKeyRef }) => secretKeyRef),
      ...froms.map(({ secretRef }) => secretRef),
    ]),
  ];
}
