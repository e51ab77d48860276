import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "../cluster/api";
import { takeLock } from "./stackLock";

const type = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
const discovery = { get: () => type } as any;

/** A Lease of an API server, which refuses to replace another version than its last. */
class LeaseDouble {
  lease: any;
  /** Whether the next renewal takes effect without an answer. */
  losesAnswer = false;
  private version = 0;

  get = async () => this.lease && structuredClone(this.lease);

  create = async (_type: unknown, lease: any) => this.store(lease);

  replace = async (_type: unknown, lease: any) => {
    if (lease.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) throw new ApiError(409, "conflict");
    const stored = this.store(lease);
    if (!this.losesAnswer) return stored;
    this.losesAnswer = false;
    throw new Error("no answer");
  };

  delete = vi.fn(async () => true);

  store(lease: any) {
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: `${++this.version}` } };
    return structuredClone(this.lease);
  }
}

let api: LeaseDouble;
const take = () => takeLock(api as any, discovery, { namespace: "net", stack: "dev", command: "apply" });

beforeEach(() => {
  vi.useFakeTimers();
  api = new LeaseDouble();
});
afterEach(() => void vi.useRealTimers());

describe("the lock of a stack", () => {
  it("is renewed, and gone after its release", async () => {
    const lock = await take();
    const { renewTime } = api.lease.spec;
    await vi.advanceTimersByTimeAsync(25_000);
    expect(Date.parse(api.lease.spec.renewTime)).toBeGreaterThan(Date.parse(renewTime));
    lock.requireHeld();
    await lock.release();
    expect(api.delete).toHaveBeenCalledOnce();
  });

  it("is held after a renewal whose answer was lost", async () => {
    const lock = await take();
    api.losesAnswer = true;
    await vi.advanceTimersByTimeAsync(35_000);
    lock.requireHeld();
    await lock.release();
    expect(api.delete).toHaveBeenCalledOnce();
  });

  it("is lost when another command has taken it over, and is left to that one", async () => {
    const lock = await take();
    api.store({ ...api.lease, spec: { ...api.lease.spec, holderIdentity: "destroy/somebody@elsewhere/1/x" } });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(() => lock.requireHeld()).toThrow('another command has taken over stack "dev"');
    await lock.release();
    expect(api.delete).not.toHaveBeenCalled();
  });
});
