import { byNamespace, type KubernetesObject, namespaceOf, podOf, roleOf } from "../kit/objects";
import { stackPolicy, type Violation } from "../kit/policy";

/** Sessions of studios, in which anything may run, are alone, and reach nothing. */
export const studioSessions = stackPolicy({
  name: "security-studio-sessions",
  level: "mandatory",
  description:
    "Sessions of chaincode studios are in a namespace of their own, which has a quota and lets nothing out, and mount one Secret: the key " +
    "that they share with their gate.",
  why:
    "In a session runs what a developer writes and what its packages bring. With a Secret of the network it would be a node of it; with a " +
    "way out, it would try every service of the cluster, and the metadata service of the machine.",
  limits: "What the debug peer endorses by it, no policy can know: that is what it is for.",
  checkStack(objects, { stackFile }) {
    const found: Violation[] = [];
    const sessions = objects.filter((object) => podOf(object) !== undefined && roleOf(object) === "studio-session");
    const all = byNamespace(objects);
    const add = (object: KubernetesObject, what: string): void => {
      const place = stackFile.place(object, { "studio-session": "studio" });
      const message = `${what}. Declare it as ${stackFile.component(object)} does`;
      found.push({ place, message, urn: object.urn });
    };
    for (const object of sessions) {
      for (const secret of foreignSecrets(object)) add(object, `its pods have ${secret}`);
      if (namespaceOf(object) === stackFile.namespace) add(object, "it is in the network's namespace");
    }
    for (const namespace of new Set(sessions.map((object) => namespaceOf(object)))) {
      const here = all.get(namespace) ?? [];
      const [first] = sessions.filter((object) => namespaceOf(object) === namespace);
      if (!here.some(isQuota)) add(first!, `its namespace "${namespace}" has no quota of pods and memory`);
      for (const object of here) {
        const isOther =
          podOf(object) !== undefined && object.within === undefined && roleOf(object) !== "studio-session";
        if (isOther && namespace !== stackFile.namespace) add(object, "it is in the namespace of sessions");
        if (object.kind === "NetworkPolicy" && namespace !== stackFile.namespace && hasEgress(object))
          add(object, "it lets sessions out");
      }
    }
    return found;
  },
});

const hasEgress = ({ body }: KubernetesObject): boolean => (body.spec?.egress ?? []).length > 0;

function isQuota({ kind, body }: KubernetesObject): boolean {
  const { hard = {} } = body.spec ?? {};
  return kind === "ResourceQuota" && "pods" in hard && "limits.memory" in hard;
}

/** What a session's pods have of Secrets and tokens beside their link's key, in words. */
function foreignSecrets(object: KubernetesObject): string[] {
  const { spec } = podOf(object)!;
  const own = `${object.name}-link-key`;
  const volumes = (spec.volumes ?? []).flatMap((volume: any) => {
    if (volume.secret !== undefined && volume.secret.secretName !== own)
      return [`the Secret "${volume.secret.secretName}"`];
    return volume.projected === undefined ? [] : [`the projected volume "${volume.name}"`];
  });
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const variables = containers.flatMap(({ name, env = [], envFrom = [] }: any) =>
    env.some(({ valueFrom }: any) => valueFrom?.secretKeyRef !== undefined) ||
    envFrom.some(({ secretRef }: any) => secretRef !== undefined)
      ? [`a variable from a Secret, in container "${name}"`]
      : [],
  );
  return [...volumes, ...variables];
}
