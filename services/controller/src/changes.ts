/** The sorts of change of watched objects, and the triggers that schedule reconciliations after them. */
import {
  newKeysRequestedAnnotation,
  purgeRequestedAnnotation,
  renewRequestedAnnotation,
  templateHashAnnotation,
} from "../../../model/contracts/annotations";
import { networkLabel } from "../../../model/contracts/labels";
import { isReady } from "./conditions";
import { servingAddresses } from "./endpoints";
import type { Kind } from "./kinds";
import type { SeenObjects } from "./objects";
import { revisionLabel, type SeenPod } from "./pods";
import type { Change } from "./reflector";
import { type CustomResource, type EndpointSlice, type KubernetesObject, type StatefulSet } from "./resources";

/** Whether a change is of a sort. */
export type Sort<T> = (change: Change<T>) => boolean;

/** Keys of the objects to reconcile after a change. */
export type Which<T> = (change: Change<T>, objects: SeenObjects) => readonly string[];

/** A trigger of reconciliations: a sort of change of the objects of a kind. */
export interface Trigger<T extends KubernetesObject = any> {
  kind: Kind<T>;
  sort: Sort<T>;
  which: Which<T>;
}

/** A trigger that wakes the keys of `which` when an object of a kind has a change of a sort. */
export const on = <T extends KubernetesObject>(kind: Kind<T>, sort: Sort<T>, which: Which<T>): Trigger<T> => ({
  kind,
  sort,
  which,
});

/** Keys of all objects that a change wakes, each once. */
export function woken<T extends KubernetesObject>(
  triggers: readonly Trigger[],
  kind: Kind<T>,
  change: Change<T>,
  objects: SeenObjects,
): Set<string> {
  const pulled = triggers.filter((trigger) => trigger.kind === kind && trigger.sort(change));
  return new Set(pulled.flatMap(({ which }) => which(change, objects)));
}

/** Any change, also of the status only. */
export const anyChange: Sort<unknown> = () => true;

/** It was there before, and has changed or gone. */
export const changedOrGone: Sort<unknown> = ({ before }) => before !== undefined;

/** It was there before, and has gone. */
export const gone: Sort<unknown> = ({ before, after }) => before !== undefined && after === undefined;

/** It was created, deleted, or changed in more than its status. The controller's own writes must not wake it. */
export const specChanged: Sort<CustomResource> = differs(
  ({ metadata: { uid, generation, labels } }) => `${uid} ${generation} ${labels?.[networkLabel]}`,
);

/** It has become ready or stopped being ready. A new generation that is ready counts as a change. */
export const readinessChanged: Sort<CustomResource> = differs((object) =>
  isReady(object) ? `ready ${object.metadata.generation}` : undefined,
);

/** Its trouble has begun, changed or ended. */
export const troubleChanged: Sort<SeenPod> = differs(
  ({ trouble }) => trouble && `${trouble.reason} ${trouble.container}`,
);

/** A pod of a StatefulSet has become ready or stopped being ready, has begun to end, has come or gone. */
export const nodePodChanged: Sort<SeenPod> = differs(({ metadata: { uid, labels, deletionTimestamp }, ready }) => {
  const revision = labels?.[revisionLabel];
  return revision && `${uid} ${revision} ${ready} ${deletionTimestamp}`;
});

/** Its pod template is another one, or Kubernetes has seen that. */
export const versionChanged: Sort<StatefulSet> = differs(({ metadata, status }) => {
  const hash = metadata.annotations?.[templateHashAnnotation];
  return `${metadata.uid} ${metadata.generation} ${hash} ${status?.observedGeneration} ${status?.updateRevision}`;
});

/** It has enrolled, or ended. */
export const enrolledOrEnded: Sort<SeenPod> = differs(({ enrolledAt, ended }) =>
  enrolledAt === undefined && !ended ? undefined : `${enrolledAt} ${ended}`,
);

/** It has come or gone, or somebody has asked for new certificates or keys. */
export const renewalRequested: Sort<KubernetesObject> = differs(
  ({ metadata: { annotations } }) =>
    `requested ${annotations?.[renewRequestedAnnotation]} ${annotations?.[newKeysRequestedAnnotation]}`,
);

/** Somebody has asked for the deletion of its data, or has taken that back. */
export const purgeRequested: Sort<KubernetesObject> = differs(
  ({ metadata: { annotations } }) => `requested ${annotations?.[purgeRequestedAnnotation]}`,
);

/** Its Service has pods that serve at other addresses or ports than before, or none any more. */
export const servedOtherwise: Sort<EndpointSlice> = differs(servingAddresses);

/** Its Service has pods that serve, at other addresses or ports than before. */
export const newlyServed: Sort<EndpointSlice> = (change) =>
  change.after !== undefined && servingAddresses(change.after) !== "" && servedOtherwise(change);

/** A change of the value that `read` returns; the value of a missing object is undefined. */
function differs<T>(read: (object: T) => string | undefined): Sort<T> {
  return ({ before, after }) => (before && read(before)) !== (after && read(after));
}
