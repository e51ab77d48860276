/** Lets the volumes of a Rollout's nodes grow to the sizes that it names. */
import { partOfLabel, productName } from "../../../../model/contracts/labels";
import { volumeClaimName } from "../../../../model/contracts/names";
import { quantity } from "../../../../model/contracts/quantity";
import type { RolloutNode } from "../../../../model/customResources/rollout";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { ApiError } from "../../../common/kubernetes/request";
import { failing, type Result, soon } from "../reconciler";
import { collections, type PersistentVolumeClaim, type Rollout } from "../resources";

const grows = "VolumeGrows";
const cannotGrow = "VolumeCannotGrow";

/** The reasons of the results of {@link Volumes}. */
export const volumeReasons: readonly string[] = [grows, cannotGrow];

/** A node whose volume is to have a size, and its claim. */
interface Sized {
  node: string;
  storage: string;
  claim: PersistentVolumeClaim;
}

/**
 * Edits claims, as the template of a StatefulSet cannot change. What it knows it reads from them: a claim that Kubernetes makes anew, from
 * a template with an older size, grows again. No claim shrinks.
 */
export class Volumes {
  constructor(private readonly api: Pick<KubernetesApi, "call">) {}

  /** @returns which volumes have not grown yet; undefined if all have the sizes that the Rollout names, or more */
  async grow({ metadata, spec }: Rollout): Promise<Result | undefined> {
    const { namespace } = metadata;
    const smaller = (await this.sized(namespace, spec.nodes)).filter(isSmaller);
    const refused: { sized: Sized; why: string }[] = [];
    for (const sized of smaller.filter((one) => quantity(askedFor(one)) < quantity(one.storage))) {
      const why = await this.ask(namespace, sized);
      if (why !== undefined) refused.push({ sized, why });
    }
    const [first, ...others] = refused;
    if (first !== undefined) return failing(cannotGrow, refusal(metadata, first, others));
    if (smaller.length === 0) return undefined;
    return { ...soon(grows, smaller.map(growth).join(" ")), isNormal: true };
  }

  /** Nodes with a size and a volume. What waits for its first pod has none, and its claim cannot be changed. */
  private async sized(namespace: string, nodes: readonly RolloutNode[]): Promise<Sized[]> {
    if (nodes.every(({ storage }) => storage === undefined)) return [];
    const query = { labelSelector: `${partOfLabel}=${productName}` };
    const path = collections.persistentVolumeClaims(namespace);
    const { items } = await this.api.call<{ items: PersistentVolumeClaim[] }>("GET", path, { query });
    const bound = new Map(
      items.flatMap((claim) => (claim.status?.phase === "Bound" ? [[claim.metadata.name, claim]] : [])),
    );
    return nodes.flatMap(({ name, storage }) => {
      const claim = bound.get(volumeClaimName(name));
      return storage === undefined || claim === undefined ? [] : [{ node: name, storage, claim }];
    });
  }

  /** Asks for the size. Returns why the API server refuses, if it does. */
  private async ask(namespace: string, { node, storage }: Sized): Promise<string | undefined> {
    const path = `${collections.persistentVolumeClaims(namespace)}/${volumeClaimName(node)}`;
    const body = { spec: { resources: { requests: { storage } } } };
    try {
      await this.api.call("PATCH", path, { contentType: "application/merge-patch+json", body });
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && [403, 422].includes(error.status)) return error.message;
      throw error;
    }
  }
}

const askedFor = ({ claim }: Sized): string | undefined => claim.spec?.resources?.requests?.storage;

const sizeOf = ({ claim }: Sized): string => claim.status?.capacity?.storage ?? "an unknown size";

/** Whether a claim, or the volume behind it, is smaller than it is to be. */
const isSmaller = (sized: Sized): boolean =>
  [askedFor(sized), sizeOf(sized)].some((size) => quantity(size) < quantity(sized.storage));

function growth(sized: Sized): string {
  const told = (sized.claim.status?.conditions ?? []).flatMap(({ status, message }) =>
    status === "True" && message ? [message] : [],
  );
  return [`The volume of ${sized.node} grows from ${sizeOf(sized)} to ${sized.storage}.`, ...told].join(" ");
}

function refusal(
  { name, namespace }: Rollout["metadata"],
  { sized, why }: { sized: Sized; why: string },
  others: readonly { sized: Sized }[],
): string {
  const also = others.length === 0 ? "" : ` (So do those of ${others.map(({ sized: { node } }) => node).join(", ")}.)`;
  const { node, storage, claim } = sized;
  return (
    `The volume of ${node} stays ${sizeOf(sized)}, and does not become ${storage}: ${why}.${also} Set allowVolumeExpansion in ` +
    `StorageClass ${claim.spec?.storageClassName}, if its driver can enlarge volumes. Otherwise write the size that they have, and ` +
    `before you apply that: kubectl -n ${namespace} delete rollout ${name}, which restarts nothing.`
  );
}
