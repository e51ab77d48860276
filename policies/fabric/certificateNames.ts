import { caVariables } from "../../model/contracts/certificateAuthority";
import { enrolVariables } from "../../model/contracts/enrolment";
import { byNamespace, called, containersOf, type KubernetesObject, namespaceOf, podOf, selects } from "../kit/objects";
import { stackPolicy, type Violation } from "../kit/policy";

/** Environment variables of services/enrol with the names that certificates carry. */
const variables: string[] = [enrolVariables.hosts, caVariables.hosts];

/** Certificates carry the names by which clients connect to their pods. */
export const certificateNames = stackPolicy({
  name: "fabric-certificate-names",
  level: "mandatory",
  description: "A certificate carries every name under which its node is called.",
  why:
    "A peer or a client that calls a node by a name that its certificate lacks refuses the connection. Names are fixed when a " +
    "node enrols: one that is missing is added by enrolling again.",
  checkStack(objects, { stackFile }) {
    const nodes = objects.flatMap((object) => {
      const hosts = hostsOf(object);
      return hosts === undefined ? [] : [{ object, hosts }];
    });
    if (nodes.length === 0) return [];
    const servicesIn = byNamespace(objects.filter(({ kind }) => kind === "Service"));
    const found: Violation[] = [];
    for (const { object, hosts } of nodes) {
      for (const service of (servicesIn.get(namespaceOf(object)) ?? []).filter((each) => fronts(each, object))) {
        const name = `${service.name}.${service.namespace}.svc`;
        if (hosts.has(name)) continue;
        const message = `its certificate lacks "${name}", the name of ${called(service)} in front of it. Add it to the hosts in ${stackFile.component(object)}`;
        found.push({ place: stackFile.place(object), message, urn: object.urn });
      }
    }
    const all = new Set(nodes.flatMap(({ hosts }) => [...hosts]));
    for (const object of objects.filter(({ kind }) => kind === "Channel" || kind === "CertificateAuthority")) {
      const missing = [...new Set(addressesOf(object).map(hostOf))].filter((host) => !all.has(host));
      for (const host of missing) {
        const message = `it sends others to "${host}", which no certificate of the stack carries. Add it to the hosts in model/network/planNetwork.ts`;
        found.push({ place: stackFile.place(object), message, urn: object.urn });
      }
    }
    return found;
  },
});

/** Names that a workload's certificates carry; undefined for one that does not enrol. */
function hostsOf(object: KubernetesObject): Set<string> | undefined {
  const pod = podOf(object);
  if (pod === undefined) return undefined;
  const values = containersOf(pod).flatMap(({ container }) =>
    (container.env ?? []).flatMap(({ name, value }: any) => (variables.includes(name) ? [String(value)] : [])),
  );
  return values.length === 0 ? undefined : new Set(values.flatMap((value) => value.split(",")));
}

/** Whether a Service leads to a workload's pods. Headless ones serve the StatefulSet only. */
function fronts(service: KubernetesObject, object: KubernetesObject): boolean {
  const { selector, clusterIP } = service.body.spec ?? {};
  if (selector === undefined || clusterIP === "None") return false;
  return selects({ matchLabels: selector }, podOf(object)!.labels);
}

/** Addresses that a custom resource hands out. */
function addressesOf({ body }: KubernetesObject): string[] {
  const { ordering, organizations = [], url } = body.spec ?? {};
  return [
    ...(ordering?.consenters ?? []).flatMap(({ address, endpoint, adminAddress }: any) => [
      address,
      endpoint,
      adminAddress,
    ]),
    ...organizations.flatMap(({ peers = [], anchorPeers = [] }: any) => [
      ...peers.map(({ address }: any) => address),
      ...anchorPeers,
    ]),
    url,
  ].filter((address) => address !== undefined);
}

function hostOf(address: string): string {
  return address.replace(/^[a-z]+:\/\//, "").replace(/:\d+(\/.*)?$/, "");
}
