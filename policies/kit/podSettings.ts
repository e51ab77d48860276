/** What `pods` of environment and stack add to pods, and what only an environment may add. */
import { isDeepStrictEqual } from "node:util";

import { leavingLostNodes } from "../../model/contracts/lostNodes";
import { ownerOfSecret } from "../../model/contracts/names";
import type { PodSettings } from "../../model/stackFile/podSchema";
import { isRecord } from "./nodes";
import type { PodTemplate } from "./objects";
import type { Use } from "./podUses";
import type { StackFile } from "./stackFile";

/** Fields of a PodSpec that `pods` of the files set. */
const placing = ["imagePullSecrets", "nodeSelector", "tolerations", "affinity", "priorityClassName"] as const;

/** Where pods run and how their images are pulled, as no file says it, or as only an environment may say it. */
export function unsetPlacement({ spec }: PodTemplate, stackFile: StackFile): Use[] {
  const given = settingsOfRoles(stackFile.pods?.roles);
  const ofEnvironment = settingsOfRoles(stackFile.podsOfEnvironment?.roles);
  return placing.flatMap((field): Use[] => {
    const value: unknown = spec[field];
    if (value === undefined || value === null || isSet(field, value, ofEnvironment)) return [];
    if (!isSet(field, value, given)) {
      return [{ field, what: `${field} of its pods is not what "pods" of the environment or the stack file says` }];
    }
    const reserved = reservedIn(field, value, ofEnvironment);
    return reserved === undefined ? [] : [{ field, what: `${reserved}, which only "pods" of the environment may say` }];
  });
}

type Settings = Partial<Record<(typeof placing)[number], unknown>>;

function settingsOfRoles(roles: Record<string, PodSettings> | undefined): Settings[] {
  return Object.values(roles ?? {}).map((settings) => ({
    ...settings,
    ...(settings.imagePullSecrets && { imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })) }),
  }));
}

function isSet(field: keyof Settings, value: unknown, settings: readonly Settings[]): boolean {
  const allowed = settings.map((each) => each[field]);
  // Those of pods that can move.
  if (field === "tolerations") allowed.push(...[undefined, ...allowed].map((said) => leavingLostNodes(said as never)));
  return allowed.some((each) => isDeepStrictEqual(plain(each), plain(value)));
}

/** A value without fields that are undefined, and without the guards of @pulumi/policy. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

const controlPlane = /^node-role\.kubernetes\.io\/(control-plane|master|etcd)$/;

/** What of a stack's own placement takes machines or priority from others, in words. */
function reservedIn(field: keyof Settings, value: any, ofEnvironment: readonly Settings[]): string | undefined {
  const said = <T>(key: keyof Settings, isIt: (each: T) => boolean): boolean =>
    ofEnvironment.some((each) => Object.values((each[key] ?? []) as Record<string, T>).some(isIt));
  switch (field) {
    case "imagePullSecrets": {
      const foreign = value.find(({ name }: any) => ownerOfSecret(String(name)) !== undefined);
      return foreign && `its pods pull images with the Secret "${foreign.name}" of a node or an identity`;
    }
    case "priorityClassName":
      return value.startsWith("system-") ? `its pods have the priority ${value} of the cluster's own` : undefined;
    case "tolerations": {
      const wide = value.find(({ key }: any) => key === undefined || controlPlane.test(key));
      if (wide === undefined || said("tolerations", (each) => isDeepStrictEqual(plain(each), plain(wide))))
        return undefined;
      return `its pods tolerate ${wide.key === undefined ? "every taint" : `the taint ${wide.key}`}`;
    }
    default:
      return keysIn(value).some((key) => controlPlane.test(key))
        ? "its pods run on machines of the control plane"
        : undefined;
  }
}

/** Keys of a nodeSelector, and those that an affinity names. */
function keysIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...(key === "key" ? [String(inner)] : keysIn(inner))]);
}
