import { instanceLabel, organizationLabel, roleLabel } from "../../model/contracts/labels";
import { gatewayName, headlessServiceName } from "../../model/contracts/names";
import { isRecord } from "../kit/nodes";
import type { KubernetesObject } from "../kit/objects";
import { objectPolicy, texts } from "../kit/policy";
import { usedServiceFields } from "../kit/productUses";
import type { StackFile } from "../kit/stackFile";

const name = "security-services";

/** What is wrong, and the field by which an environment can allow it. */
interface Mistake {
  what: string;
  field?: string;
}

/** Services and routes have the fields that the product uses, and lead to the pods that they are named after. */
export const services = objectPolicy<{ fields: string[] }>({
  name,
  level: "mandatory",
  description: "Services and routes lead to the pods that they are named after, by fields that the product uses.",
  why:
    "Whoever calls ca-org1 enrols with the pod behind that name. An address of one's choice is that of the cluster's name server; " +
    "an external one, or another type than the environment's, leads past its firewalls; a route of another network's names takes " +
    "its clients.",
  settings: {
    fields: {
      ...texts,
      description: "Other fields of Services: `loadBalancerSourceRanges`.",
    },
  },
  allowing: ["fields"],
  kinds: ["Service", "TLSRoute"],
  check(object, { settings: { fields }, stackFile }) {
    const found = object.kind === "Service" ? ofService(object, stackFile) : ofRoute(object, stackFile);
    return found
      .filter(({ field }) => field === undefined || !fields.includes(field))
      .map(({ what, field }) => ({
        place: stackFile.place(object),
        message: `${what}. Change it in ${stackFile.component(object)}${field === undefined ? "" : stackFile.orAllow(name, "fields")}`,
      }));
  },
});

function ofService(object: KubernetesObject, stackFile: StackFile): Mistake[] {
  const spec = isRecord(object.body.spec) ? object.body.spec : {};
  const unlisted = Object.keys(spec)
    .filter((field) => !usedServiceFields.includes(field))
    .map((field) => ({ field, what: `spec.${field} is no field that the product uses` }));
  const { clusterIP, type = "ClusterIP" } = spec;
  const found: Mistake[] = [...unlisted];
  if (clusterIP !== undefined && clusterIP !== "None") {
    found.push({
      field: "clusterIP",
      what: `spec.clusterIP is ${clusterIP}, an address that another Service may have`,
    });
  }
  const exposed: string | undefined = stackFile.environment?.gateway?.type;
  if ((type === "NodePort" || type === "LoadBalancer") && exposed !== undefined && type !== exposed) {
    found.push({ what: `its type is ${type}, and the environment's gateways are of type ${exposed}` });
  }
  return [...found, ...falseNames(object, spec.selector, stackFile)];
}

/** Names and labels of a Service that are not those of the pods behind it. */
function falseNames({ name, labels }: KubernetesObject, selector: unknown, { instances }: StackFile): Mistake[] {
  if (!isRecord(selector)) return [];
  const found: Mistake[] = [roleLabel, organizationLabel, instanceLabel]
    .filter((label) => (labels[label] ?? undefined) !== (selector[label] ?? undefined))
    .map((label) => ({
      what: `its label ${label} is "${labels[label] ?? ""}", and its selector asks for "${selector[label] ?? ""}"`,
    }));
  const owner = [...instances.keys()].find((each) => name === each || name === headlessServiceName(each));
  if (owner !== undefined && selector[instanceLabel] !== owner) {
    found.push({ what: `it has the name of "${owner}", and its selector asks for other pods` });
  }
  return found;
}

/** Host names of a route that are not the network's, and kinds that it leads to. */
function ofRoute({ body }: KubernetesObject, { plan, namespace }: StackFile): Mistake[] {
  const { hostnames = [], rules = [], parentRefs = [] } = body.spec ?? {};
  const own = plan === undefined ? [] : [plan.domain, `${namespace}.svc`];
  const foreign = (plan === undefined ? [] : hostnames)
    .filter((host: string) => !own.some((domain) => host === domain || host.endsWith(`.${domain}`)))
    .map((host: string) => ({ what: `it takes the calls of ${host}, which is no name of the network` }));
  const backends = rules.flatMap(({ backendRefs = [] }: any) => backendRefs);
  const others = [
    ...backends.filter(({ group = "", kind = "Service" }: any) => group !== "" || kind !== "Service"),
    ...parentRefs.filter(
      ({ group = "gateway.networking.k8s.io", kind = "Gateway" }: any) =>
        group !== "gateway.networking.k8s.io" || kind !== "Gateway",
    ),
  ].map(({ group = "", kind }: any) => ({
    what: `it refers to a ${kind} of "${group}", not to Service ${gatewayName}`,
  }));
  return [...foreign, ...others];
}
