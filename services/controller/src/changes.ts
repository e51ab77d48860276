/** The sorts of change that objects undergo, and how to say who is woken by them. */
import { networkLabel } from "../../../model/contracts/labels";
import { isReady } from "./conditions";
import { servingAddresses } from "./endpoints";
import type { Kind } from "./kinds";
import type { SeenObjects } from "./objects";
import type { SeenPod } from "./pods";
import type { Change } from "./reflector";
import { type CustomResource, type EndpointSlice, type KubernetesObject } from "./resources";

/** Whether a change is of a sort. */
export type Sort<T> = (change: Change<T>) => boolean;

/** Keys of those that a change wakes. */
export type Which<T> = (change: Change<T>, objects: SeenObjects) => readonly string[];

/** What wakes somebody: a sort of change of the objects of a kind. */
export interface Trigger<T extends KubernetesObject = any> {
  kind: Kind<T>;
  sort: Sort<T>;
  which: Which<T>;
}

/** Wakes those of keys `which` when an object of a kind has a change of a sort. */
export const on = <T extends KubernetesObject>(kind: Kind<T>, sort: Sort<T>, which: Which<T>): Trigger<T> => ({
  kind,
  sort,
  which,
});

/** Keys of all that a change of an object of a kind wakes, each once. */
export function woken<T extends KubernetesObject>(
  triggers: readonly Trigger[],
  kind: Kind<T>,
  change: Change<T>,
  objects: SeenObjects,
): Set<string> {
  const pulled = triggers.filter((trigger) => trigger.kind === kind && trigger.sort(change));
  return new Set(pulled.flatMap(({ which }) => which(change, objects)));
}

/** Any, also one of the status only. */
export const anyChange: Sort<unknown> = () => true;

/** It was there before, and has changed or gone. */
export const changedOrGone: Sort<unknown> = ({ before }) => before !== undefined;

/** It was there before, and has gone. */
export const gone: Sort<unknown> = ({ before, after }) => before !== undefined && after === undefined;

/** It came, went, or more than its status changed: what the controller writes itself must not wake it up. */
export const specChanged: Sort<CustomResource> = differs(
  ({ metadata: { uid, generation, labels } }) => `${uid} ${generation} ${labels?.[networkLabel]}`,
);

/** It has become ready, or is not any more; another generation is another time. */
export const readinessChanged: Sort<CustomResource> = differs((object) =>
  isReady(object) ? `ready ${object.metadata.generation}` : undefined,
);

/** It has got into trouble, into another one, or out of it. */
export const troubleChanged: Sort<SeenPod> = differs(
  ({ trouble }) => trouble && `${trouble.reason} ${trouble.container}`,
);

const addressesChanged: Sort<EndpointSlice> = differs(servingAddresses);

/** Its Service has pods that serve, and not those of before. */
export const newlyServed: Sort<EndpointSlice> = (change) =>
  change.after !== undefined && servingAddresses(change.after) !== "" && addressesChanged(change);

/** A change of what a function reads from an object; it reads nothing from one that is not there. */
function differs<T>(read: (object: T) => string | undefined): Sort<T> {
  return ({ before, after }) => (before && read(before)) !== (after && read(after));
}
