/** The kinds of objects that an API server serves. */
import { group } from "../../../model/contracts/apiGroup";
import { groupOf } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import type { Api } from "./api";
import type { KubernetesObject, ResourceType } from "./kubernetesObject";

const accept = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

/** The kinds that a server serves. */
export class Discovery {
  private readonly types = new Map<string, ResourceType>();

  constructor(readonly all: readonly ResourceType[]) {
    for (const type of all) this.types.set(`${type.apiVersion}/${type.kind}`, type);
  }

  /** Asks a server. */
  static async load(api: Api): Promise<Discovery> {
    const lists = await Promise.all(["/api", "/apis"].map((path) => api.raw(path, accept)));
    if (lists.some((list) => list.kind !== "APIGroupDiscoveryList")) {
      throw new UserError(`the cluster is Kubernetes ${await api.version()}; 1.30 or newer is needed`);
    }
    return new Discovery(lists.flatMap((list) => list.items.flatMap(typesOfGroup)));
  }

  /** The resource of an object's kind, if the server serves it. */
  find({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): ResourceType | undefined {
    return this.types.get(`${apiVersion}/${kind}`);
  }

  /** The resource of a kind that every cluster serves. */
  get(apiVersion: string, kind: string): ResourceType {
    const type = this.find({ apiVersion, kind });
    if (type === undefined) throw notServed({ apiVersion, kind });
    return type;
  }

  /** Kinds whose objects can be listed and deleted, each once. */
  listable(): ResourceType[] {
    return this.all.filter(
      ({ preferred, verbs, apiVersion }) =>
        preferred &&
        verbs.includes("list") &&
        verbs.includes("delete") &&
        // Only the server or controllers create these, some in large numbers.
        !/^(events|metrics)\.k8s\.io\//.test(apiVersion),
    );
  }
}

/** Says that a server does not serve a kind. The project's own come with the platform, and a new release may have more of them. */
export function notServed({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): UserError {
  const remedy = groupOf(apiVersion) === group ? "\n  -> Apply the platform first, with this release." : "";
  return new UserError(`the cluster does not serve ${apiVersion} ${kind}${remedy}`);
}

function typesOfGroup(group: any): ResourceType[] {
  const seen = new Set<string>();
  return (group.versions ?? []).flatMap(({ version, resources }: any) =>
    (resources ?? []).flatMap(({ resource, responseKind, scope, verbs }: any) => {
      const kind: string = responseKind?.kind ?? "";
      if (kind === "" || kind === "Event") return [];
      // The server lists versions in order of preference.
      const preferred = !seen.has(resource);
      seen.add(resource);
      const name: string | undefined = group.metadata?.name;
      const apiVersion = name ? `${name}/${version}` : version;
      return [
        { apiVersion, kind, plural: resource, namespaced: scope === "Namespaced", verbs: verbs ?? [], preferred },
      ];
    }),
  );
}
