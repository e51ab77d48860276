/** The lock of a stack, for one apply or destroy at a time: a Lease in its namespace, which expires if its holder dies. */
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";

import { UserError } from "../../../model/userError";
import { type Api, ApiError } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import type { KubernetesObject, ResourceType } from "../cluster/kubernetesObject";

const durationSeconds = 30;
const renewEvery = 10_000;

/** A lock that this process holds. */
export interface Lock {
  /**
   * @throws {@link UserError} if another command has taken it over
   */
  requireHeld(): void;
  release(): Promise<void>;
}

/** The Namespace that holds the lock of a stack: its own, or that of its first namespaced object. */
export function lockNamespace(objects: readonly { object: KubernetesObject }[]): string | undefined {
  const own = objects.find(({ object }) => object.kind === "Namespace")?.object.metadata.name;
  return own ?? objects.find(({ object }) => object.metadata.namespace)?.object.metadata.namespace;
}

/** Name of the Lease. */
export function lockName(stack: string): string {
  return `baas-apply-${stack.toLowerCase().replace(/[^a-z0-9.-]/g, "-")}`;
}

/**
 * Takes the lock of a stack.
 *
 * @param command - the command that takes the lock; messages to other users name it
 * @throws {@link UserError} naming the holder if another command has the lock
 */
export async function takeLock(
  api: Api,
  discovery: Discovery,
  { namespace, stack, command }: { namespace: string; stack: string; command: string },
): Promise<Lock> {
  const type = discovery.get("coordination.k8s.io/v1", "Lease");
  const name = lockName(stack);
  const holder = `${command}/${userName()}@${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  let lease = await take(api, type, { namespace, name, holder, stack });
  let lost = false;
  const renew = async (): Promise<void> => {
    try {
      lease = await api.replace(type, { ...lease, spec: { ...lease.spec, renewTime: now() } });
    } catch (error) {
      // Any other failure is tried again before the lease ends.
      if (!(error instanceof ApiError) || ![404, 409].includes(error.status)) return;
      const present = await api.get(type, namespace, name);
      // The answer to an earlier renewal may have been lost. Otherwise somebody has taken it, after this machine had slept.
      if (present?.spec?.holderIdentity === holder) lease = present;
      else lost = true;
    }
  };
  let renewing = false;
  const timer = setInterval(() => {
    if (renewing || lost) return;
    renewing = true;
    void renew()
      .catch(() => undefined)
      .finally(() => (renewing = false));
  }, renewEvery);
  return {
    requireHeld: () => {
      if (!lost) return;
      throw new UserError(
        `another command has taken over stack "${stack}": this one renewed its lock (Lease ${namespace}/${name}) too late\n` +
          `  -> Run it again when the other one is done.`,
      );
    },
    release: async () => {
      clearInterval(timer);
      if (!lost) await api.delete(type, lease.metadata).catch(() => undefined);
    },
  };
}

interface Claim {
  namespace: string;
  name: string;
  holder: string;
  stack: string;
}

async function take(api: Api, type: ResourceType, claim: Claim): Promise<KubernetesObject> {
  const spec = {
    holderIdentity: claim.holder,
    leaseDurationSeconds: durationSeconds,
    acquireTime: now(),
    renewTime: now(),
  };
  const { namespace, name } = claim;
  const fresh = { apiVersion: type.apiVersion, kind: type.kind, metadata: { namespace, name }, spec };
  try {
    const present = await api.get(type, namespace, name);
    if (present === undefined) return await api.create(type, fresh);
    refuseWhileHeld(present, claim);
    return await api.replace(type, { ...present, spec });
  } catch (error) {
    // Another process took the lock between reading and writing.
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const present = await api.get(type, namespace, name);
    if (present !== undefined) refuseWhileHeld(present, claim);
    throw new UserError(`another command works on stack "${claim.stack}"\n  -> Try again when it is done.`);
  }
}

function refuseWhileHeld({ spec }: KubernetesObject, { stack, namespace, name }: Claim): void {
  const { holderIdentity = "", renewTime = 0, acquireTime = renewTime } = spec ?? {};
  const age = (Date.now() - Date.parse(renewTime)) / 1000;
  if (age > durationSeconds || holderIdentity === "") return;
  const [command, who, pid] = holderIdentity.split("/");
  // Only a process of this machine can be checked.
  if (who?.endsWith(`@${hostname()}`) && !isAlive(Number(pid))) return;
  throw new UserError(
    `${command} of stack "${stack}" by ${who} (process ${pid}) is running since ${acquireTime}\n` +
      `  -> Wait until it is done. If it was killed, its lock (Lease ${namespace}/${name}) ends ` +
      `${Math.ceil(durationSeconds - age)} s from now.`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}

// With microseconds, as the API wants them.
function now(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
