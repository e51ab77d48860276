/** Data that objects of a stack have outside the cluster, such as topics of Kafka: a purge has whoever reconciles them delete it first. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Progress } from "../../../local-cluster/progress";
import { purgedReason, purgeRequestedAnnotation, purgesAnnotation } from "../../../model/contracts/annotations";
import { UserError } from "../../../model/userError";
import { inParallel } from "../../common/inParallel";
import type { Api } from "../cluster/api";
import { type KubernetesObject, objectName, type TypedObject } from "../cluster/kubernetesObject";

/** What a purge deletes outside the cluster for an object, in words; undefined if nothing. */
export function outsideText({ object }: TypedObject): string | undefined {
  return object.metadata.annotations?.[purgesAnnotation];
}

/** What waiting for a purge needs. */
export interface PurgeContext {
  api: Api;
  progress: Progress;
  signal: AbortSignal;
  timeoutMs: number;
}

/**
 * Has the data of objects deleted, and waits until it is.
 *
 * @throws {@link UserError} when it is not in time
 */
export async function purgeOutside(context: PurgeContext, objects: readonly TypedObject[]): Promise<void> {
  const { api, progress } = context;
  await inParallel(
    objects.filter((one) => outsideText(one) !== undefined),
    async (one) => {
      const { namespace, name } = one.object.metadata;
      const annotations = { [purgeRequestedAnnotation]: new Date().toISOString() };
      await api.patch(one.type, namespace, name, { metadata: { annotations } });
      await untilPurged(context, one);
      progress.line(`deleted ${outsideText(one)}`);
    },
  );
}

async function untilPurged({ api, progress, signal, timeoutMs }: PurgeContext, one: TypedObject): Promise<void> {
  const { namespace, name } = one.object.metadata;
  for (const deadline = Date.now() + timeoutMs; ; await sleep(500, undefined, { signal })) {
    const ready = readyOf(await api.get(one.type, namespace, name));
    if (ready === undefined || ready.reason === purgedReason) return;
    const state = `${ready.reason}: ${ready.message}`;
    if (Date.now() > deadline) {
      throw new UserError(
        `${outsideText(one)}: not deleted yet (${objectName(one.object)}: ${state})\n` +
          `  -> Run the same command again when it can be, or delete ${objectName(one.object)} by hand to leave it there`,
      );
    }
    progress.waiting(`waiting until gone: ${outsideText(one)}`, [state]);
  }
}

/** The condition Ready; undefined if the object is gone. */
function readyOf(object: KubernetesObject | undefined): { reason: string; message: string } | undefined {
  if (object === undefined) return undefined;
  const conditions: { type: string; reason: string; message: string }[] = object.status?.conditions ?? [];
  return conditions.find(({ type }) => type === "Ready") ?? { reason: "Unknown", message: "it has no status yet" };
}
