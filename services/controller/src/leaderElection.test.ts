import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { jsonLog } from "../../common/log";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { LeaderElection } from "./leaderElection";
import { collections } from "./resources";
import { clientOf } from "./testing/apiClient";

const leasePath = `${collections.leases("platform")}/baas-controller`;
let kubernetes: KubernetesDouble;
let clock: number;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  clock = 0;
});
afterEach(() => kubernetes.stop());

const candidate = (identity: string) =>
  new LeaderElection({
    api: clientOf(kubernetes),
    namespace: "platform",
    name: "baas-controller",
    identity,
    log: jsonLog("error"),
    now: () => clock,
  });
const holder = () => kubernetes.objects.get(leasePath)?.spec.holderIdentity as string;
const within = (milliseconds: number) => AbortSignal.timeout(milliseconds);

describe("leader election", () => {
  it("lets the first one lead at once", async () => {
    await candidate("one").acquire(within(5000));
    expect(holder()).toBe("one");
  });

  it("keeps a second one out while the first one's lease lasts", async () => {
    await candidate("one").acquire(within(5000));
    await candidate("two").acquire(within(300));
    expect(holder()).toBe("one");
  });

  it("lets a second one in at once when the first one has let go", async () => {
    const one = candidate("one");
    await one.acquire(within(5000));
    await one.release();
    expect(holder()).toBe("");
    await candidate("two").acquire(within(5000));
    expect(holder()).toBe("two");
    expect(kubernetes.objects.get(leasePath)!.spec.leaseTransitions).toBe(1);
  });

  it("lets a second one in when the first one's lease has not changed for as long as it lasts", async () => {
    await candidate("one").acquire(within(5000));
    const two = candidate("two");
    await two.acquire(within(200));
    clock += 16_000;
    await two.acquire(within(5000));
    expect(holder()).toBe("two");
  });

  it("lets a restarted one go on with its own lease", async () => {
    await candidate("one").acquire(within(5000));
    await candidate("one").acquire(within(300));
    expect(holder()).toBe("one");
  });

  it("does not take over what another one took a moment before", async () => {
    await candidate("one").acquire(within(5000));
    await candidate("one").release();
    const [two, three] = [candidate("two"), candidate("three")];
    await Promise.all([two.acquire(within(1000)), three.acquire(within(1000))]);
    expect(["two", "three"]).toContain(holder());
    expect(kubernetes.objects.get(leasePath)!.spec.leaseTransitions).toBe(1);
  });
});
