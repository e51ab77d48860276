import { beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "../../../common/kubernetes/request";
import { withOutcome } from "../conditions";
import type { SeenObjects } from "../objects";
import type { Result } from "../reconciler";
import type { NewKeys } from "../renewal/newKeys";
import type { Renewal, Renewals } from "../renewal/renewals";
import { collections, type Rollout } from "../resources";
import type { Health } from "./gate";
import type { Restart } from "./restart";
import { restartReasons } from "./restartReasons";
import { Rollouts } from "./rollouts";
import { NodesDouble, testNode, type TestTemplate } from "./testing/nodesDouble";
import { Volumes } from "./volumes";

/** Three orderers, and two organizations with two peers each. */
const large = [
  ...["ca-orderer", "orderer0-orderer", "orderer1-orderer", "orderer2-orderer"],
  ...["ca-org1", "peer0-org1", "peer1-org1", "ca-org2", "peer0-org2", "peer1-org2"],
].map(testNode);
const orderOfLarge = [
  ...["ca-orderer", "ca-org1", "ca-org2", "orderer0-orderer", "orderer1-orderer", "orderer2-orderer"],
  ...["peer0-org1", "peer0-org2", "peer1-org1", "peer1-org2"],
];

let cluster: NodesDouble;
let health: Health;
/** What certificates ask for, by the node's name, until it has restarted. */
let asked: Map<string, NonNullable<Renewal["restart"]>>;
let heldUp: string | undefined;
/** What new keys ask for, by the node's name, until it has restarted. */
let newKeys: Map<string, Restart>;

const all = (image: string) => (): TestTemplate => ({ image });
const only =
  (names: string[], image: string) =>
  (name: string): TestTemplate => ({ image: names.includes(name) ? image : "node:1" });

beforeEach(() => {
  cluster = new NodesDouble(large);
  health = { leads: () => 0 };
  asked = new Map();
  heldUp = undefined;
  newKeys = new Map();
});

/** One reconciliation by a controller that has just started, with what it has seen; writes the result as the controller does. */
async function reconcile(seen: SeenObjects & { rollout: Rollout }): Promise<Result> {
  const { api } = cluster;
  const look = async (): Promise<Health> => {
    await api.call("GET", `${collections.controllerRevisions("dev")}/health`).catch(unlessKilled);
    return health;
  };
  const renewals = {
    of: async (key: string): Promise<Renewal | undefined> => {
      const name = key.slice("dev/".length);
      const restart = cluster.deleted.includes(name) ? undefined : asked.get(name);
      return { lookAt: 0, ...(restart && { restart }), ...(heldUp !== undefined && { heldUp }) };
    },
  } as Renewals;
  const askedKeys = {
    of: async ({ name }: { name: string }) => {
      const restart = cluster.deleted.includes(name) ? undefined : newKeys.get(name);
      return restart ? { restart } : {};
    },
  } as unknown as NewKeys;
  const controller = new Rollouts({
    api,
    objects: seen,
    reasons: restartReasons({ api, renewals, newKeys: askedKeys }),
    health: { look },
    volumes: new Volumes(api),
    platformNamespace: "baas-platform",
  });
  const result = await controller.reconcile(seen.rollout);
  if (result.reason === "Rolling") expect(result.isNormal).toBe(true);
  const { changed, status } = withOutcome(seen.rollout, result, new Date());
  const body = { metadata: { resourceVersion: seen.rollout.metadata.resourceVersion }, status };
  if (changed) await api.call("PATCH", `${collections.rollouts("dev")}/nodes/status`, { body });
  return result;
}

class Killed extends Error {}

function unlessKilled(error: unknown): void {
  if (error instanceof Killed) throw error;
}

/** Reconciles and lets Kubernetes work by turns, until the Rollout is ready or `rounds` are over. */
async function roll({ rounds = 200, seesLate = false } = {}): Promise<void> {
  let late = cluster.seen();
  for (let round = 0; round < rounds; round++) {
    const now = cluster.seen();
    try {
      await reconcile(seesLate ? { ...late, rollout: now.rollout } : now);
    } catch (error) {
      const isExpected = error instanceof Killed || (error instanceof ApiError && [404, 409].includes(error.status));
      if (!isExpected) throw error;
    }
    late = now;
    // Kubernetes takes longer than the controller.
    if (round % 2 === 1) cluster.step();
    if (cluster.shown === "True RolledOut" && cluster.down.length === 0 && !isBehind()) return;
  }
}

/** Whether the condition does not describe the newest spec. */
function isBehind(): boolean {
  const { metadata, status } = cluster.seen().rollout;
  return status?.observedGeneration !== metadata.generation;
}

/** The most nodes that did not serve at one time. */
const mostDown = () => Math.max(...cluster.alsoDown.map((others) => others.length + 1));

describe("a rollout", () => {
  it("restarts nothing when every node runs as declared", async () => {
    await roll();
    expect(cluster.shown).toBe("True RolledOut");
    expect(cluster.message).toBe("All 10 nodes are ready and run as declared");
    expect(cluster.deleted).toEqual([]);
  });

  it("restarts all nodes one after another: authorities, orderers, and peers by turns of their organizations", async () => {
    await roll();
    cluster.declare(all("node:2"));
    await roll();
    expect(cluster.shown).toBe("True RolledOut");
    expect(cluster.deleted).toEqual(orderOfLarge);
    expect(mostDown()).toBe(1);
    expect(new Set(cluster.running)).toEqual(new Set(["node:2"]));
  });

  it("restarts only what has changed", async () => {
    await roll();
    cluster.declare(only(["peer1-org1", "peer1-org2"], "node:2"));
    await roll();
    expect(cluster.deleted).toEqual(["peer1-org1", "peer1-org2"]);
  });

  it("restarts a node for its certificates: when the channels are healthy, but at once where they have ended", async () => {
    await roll();
    const renewal = { reason: "CertificateDue", message: "its TLS certificate ends soon", since: 0, expired: false };
    asked.set("peer0-org1", renewal);
    asked.set("peer0-org2", { ...renewal, expired: true });
    asked.set("orderer1-orderer", { ...renewal, expired: true });
    health = { leads: () => 0, problem: "No orderer leads channel main yet." };
    await roll({ rounds: 40 });
    expect(cluster.deleted).toEqual(["orderer1-orderer", "peer0-org2"]);
    expect(cluster.message).toBe("peer0-org1 restarts next. Before that: No orderer leads channel main yet.");
    health = { leads: () => 0 };
    await roll();
    expect(cluster.deleted).toEqual(["orderer1-orderer", "peer0-org2", "peer0-org1"]);
    expect(cluster.shown).toBe("True RolledOut");
    expect(mostDown()).toBe(1);
  });

  it("restarts nodes whose certificates have ended past one that is in trouble, and no others", async () => {
    await roll();
    cluster.declare(only(["peer1-org1"], "broken"));
    await roll({ rounds: 40 });
    const renewal = { reason: "CertificateDue", message: "its TLS certificate ended", since: 0, expired: true };
    asked.set("orderer0-orderer", renewal);
    asked.set("peer0-org2", { ...renewal, expired: false });
    await roll({ rounds: 40 });
    expect(cluster.deleted).toEqual(["peer1-org1", "orderer0-orderer"]);
    expect(cluster.message).toMatch(/^Node peer1-org1 is not ready\..*no other node restarts/s);
  });

  it("says what holds up a renewal", async () => {
    heldUp = "CertificateAuthority ca-org1 is not ready";
    await roll();
    expect(cluster.message).toBe(
      "All 10 nodes are ready and run as declared. CertificateAuthority ca-org1 is not ready",
    );
  });

  it("warns when a restart repeats one that has not renewed a certificate", async () => {
    await roll();
    const message = "dev/peer0-org1 was restarted and has not got a new TLS certificate; it is tried again";
    asked.set("peer0-org1", { reason: "RenewalFailed", message, since: 0, expired: false });
    asked.set("peer0-org2", {
      reason: "CertificateDue",
      message: "its TLS certificate ends soon",
      since: 0,
      expired: false,
    });
    await roll();
    expect(cluster.events).toEqual([
      `Warning RenewalFailed: Restarting peer0-org1, because ${message}.`,
      "Normal Restarting: Restarting peer0-org2, because its TLS certificate ends soon.",
    ]);
  });

  it("replaces a node that fails because its certificates have ended, and not one that fails for another reason", async () => {
    await roll();
    cluster.break("orderer0-orderer");
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual([]);
    asked.set("orderer0-orderer", { reason: "CertificateDue", message: "it ended", since: 0, expired: true });
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual(["orderer0-orderer"]);
    cluster.fix("orderer0-orderer");
    await roll();
    expect(cluster.shown).toBe("True RolledOut");
  });

  it("restarts nothing for another image of the project's own init containers", async () => {
    await roll();
    cluster.declare(() => ({ image: "node:1", enrolImage: "enrol:2" }));
    await roll();
    expect(cluster.shown).toBe("True RolledOut");
    expect(cluster.deleted).toEqual([]);
  });

  it("has the orderer that leads most channels restart last of the orderers", async () => {
    await roll();
    health = { leads: (orderer) => (orderer === "orderer0-orderer" ? 2 : 0) };
    cluster.declare(only(["orderer0-orderer", "orderer1-orderer", "orderer2-orderer"], "node:2"));
    await roll();
    expect(cluster.deleted).toEqual(["orderer1-orderer", "orderer2-orderer", "orderer0-orderer"]);
  });

  it("rolls a network that cannot keep a quorum, one node at a time", async () => {
    cluster = new NodesDouble(["ca-orderer", "orderer0-orderer", "ca-org1", "peer0-org1"].map(testNode));
    await roll();
    cluster.declare(all("node:2"));
    await roll();
    expect(cluster.deleted).toEqual(["ca-orderer", "ca-org1", "orderer0-orderer", "peer0-org1"]);
    expect(mostDown()).toBe(1);
  });

  it("says what it does, and which nodes follow", async () => {
    await roll();
    cluster.declare(only(["peer0-org1", "peer0-org2"], "node:2"));
    cluster.step();
    await reconcile(cluster.seen());
    expect(cluster.shown).toBe("False Rolling");
    expect(cluster.message).toBe("Restarts 2 of 10 nodes, one after another: peer0-org1, peer0-org2.");
    expect(cluster.deleted).toEqual([]);
    await reconcile(cluster.seen());
    expect(cluster.message).toBe(
      "Restarting peer0-org1, because its pod template has changed. 1 more follows: peer0-org2.",
    );
    await reconcile(cluster.seen());
    expect(cluster.message).toContain("Waits for peer0-org1 to be ready.");
  });
});

describe("before a node restarts", () => {
  it("every channel must be well", async () => {
    await roll();
    health = { problem: "No orderer leads channel main yet.", leads: () => 0 };
    cluster.declare(only(["orderer1-orderer"], "node:2"));
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual([]);
    expect(cluster.shown).toBe("False Rolling");
    expect(cluster.message).toBe("orderer1-orderer restarts next. Before that: No orderer leads channel main yet.");
    health = { leads: () => 0 };
    await roll();
    expect(cluster.deleted).toEqual(["orderer1-orderer"]);
  });

  it("a peer that is new has ten seconds to meet the others", async () => {
    await roll();
    cluster.readyTime = () => new Date().toISOString();
    cluster.declare(only(["peer0-org1", "peer0-org2"], "node:2"));
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual(["peer0-org1"]);
    expect(cluster.message).toBe("peer0-org2 restarts next. Before that: peer0-org1 meets the other peers by gossip.");
    vi.useFakeTimers({ now: Date.now() + 10_000, toFake: ["Date"] });
    await roll();
    vi.useRealTimers();
    expect(cluster.deleted).toEqual(["peer0-org1", "peer0-org2"]);
  });

  it("what is there now counts, not what was seen before the last restart", async () => {
    await roll();
    cluster.declare(only(["orderer0-orderer", "orderer1-orderer"], "node:2"));
    cluster.step();
    await reconcile(cluster.seen());
    const before = cluster.seen();
    await reconcile(before);
    expect(cluster.deleted).toEqual(["orderer0-orderer"]);
    // The leader has changed, so that another one is next.
    health = { leads: (orderer) => (orderer === "orderer0-orderer" ? 1 : 0) };
    await reconcile({ ...before, rollout: cluster.seen().rollout });
    expect(cluster.deleted).toEqual(["orderer0-orderer"]);
  });

  it("the whole stack must be applied, whichever comes first", async () => {
    await roll();
    cluster.declareSet("peer0-org1", { image: "node:2" });
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual([]);
    expect(cluster.shown).toBe("False NotDeclared");
    expect(cluster.message).toContain("the StatefulSets of peer0-org1 have the pod templates that this Rollout names");
    cluster.declareRollout();
    await roll();
    expect(cluster.deleted).toEqual(["peer0-org1"]);
  });

  it("all others must be ready, whatever is wrong with one that does not restart", async () => {
    await roll();
    cluster.break("peer1-org2");
    cluster.declare(only(["peer0-org1"], "node:2"));
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual([]);
    expect(cluster.shown).toBe("False NodeNotReady");
    cluster.fix("peer1-org2");
    await roll();
    expect(cluster.deleted).toEqual(["peer0-org1"]);
  });

  it("is ready again only when the channels are, after the last one, too", async () => {
    await roll();
    cluster.declare(only(["orderer1-orderer"], "node:2"));
    await roll({ rounds: 4 });
    expect(cluster.deleted).toEqual(["orderer1-orderer"]);
    health = { problem: "No orderer leads channel main yet.", leads: () => 0 };
    await roll({ rounds: 20 });
    expect(`${cluster.shown}: ${cluster.message}`).toBe("False Rolling: No orderer leads channel main yet.");
    health = { leads: () => 0 };
    await roll();
    expect(cluster.shown).toBe("True RolledOut");
  });
});

describe("a node whose new pod needs what is not there", () => {
  const roots = { name: "roots", configMap: { name: "platform-ca-roots" } };
  const needing = (names: string[], part: Partial<TestTemplate>) =>
    cluster.declare((name) => ({ image: "node:1", ...(names.includes(name) && part) }));

  it("is not restarted before the roots of the platform are there, and the remedy is said", async () => {
    await roll();
    cluster.declare(() => ({ image: "node:2", volumes: [roots] }));
    await roll({ rounds: 40 });
    expect(cluster.deleted).toEqual([]);
    expect(cluster.down).toEqual([]);
    expect(cluster.shown).toBe("False PlatformRootsMissing");
    expect(cluster.message).toBe(
      "ca-orderer restarts next. Before that: its new pod needs ConfigMap platform-ca-roots, not there yet. Apply the platform " +
        "first, and see whether CertificateAuthority platform-ca in namespace baas-platform is ready.",
    );
    cluster.objects.add("configmaps/platform-ca-roots");
    await roll();
    expect(cluster.shown).toBe("True RolledOut");
    expect(cluster.deleted).toEqual(orderOfLarge);
  });

  const source = { configMap: { name: "here" } };
  it.each<[string, Partial<TestTemplate>, string]>([
    ["a volume", { volumes: [{ name: "a", secret: { secretName: "lost" } }] }, "Secret lost"],
    [
      "a volume of several sources",
      { volumes: [{ projected: { sources: [source, { secret: { name: "lost" } }] } }] },
      "Secret lost",
    ],
    ["a variable", { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "lost" } } }] }, "ConfigMap lost"],
    ["a secret variable", { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "lost" } } }] }, "Secret lost"],
    [
      "all variables",
      { envFrom: [{ secretRef: { name: "lost" } }, { configMapRef: { name: "here" } }] },
      "Secret lost",
    ],
    [
      "two volumes",
      { volumes: [roots, { secret: { secretName: "lost" } }] },
      "ConfigMap platform-ca-roots, Secret lost",
    ],
  ])("is not restarted, whatever it needs it for: %s", async (_, part, missing) => {
    await roll();
    cluster.objects.add("configmaps/here");
    needing(["peer0-org1"], part);
    await roll({ rounds: 40 });
    expect(cluster.deleted).toEqual([]);
    expect(cluster.message).toContain(
      `peer0-org1 restarts next. Before that: its new pod needs ${missing}, not there yet.`,
    );
    for (const key of ["configmaps/lost", "secrets/lost", "configmaps/platform-ca-roots"]) cluster.objects.add(key);
    await roll();
    expect(cluster.deleted).toEqual(["peer0-org1"]);
  });

  it("is restarted without what is optional", async () => {
    await roll();
    needing(["peer0-org1"], { volumes: [{ name: "a", configMap: { name: "lost", optional: true } }] });
    await roll();
    expect(cluster.deleted).toEqual(["peer0-org1"]);
  });

  it("keeps no other from restarting, which may be what makes it", async () => {
    await roll();
    cluster.declare((name) => ({ image: "node:2", ...(name === "ca-orderer" && { volumes: [roots] }) }));
    await roll({ rounds: 200 });
    expect(cluster.deleted).toEqual(orderOfLarge.filter((name) => name !== "ca-orderer"));
    expect(cluster.shown).toBe("False PlatformRootsMissing");
  });

  it("is the only one to restart while a channel goes without it", async () => {
    await roll();
    newKeys.set("orderer0-orderer", { why: "it begins to use its new keys", isBegun: true });
    cluster.declare((name) => ({
      image: name === "orderer1-orderer" ? "node:2" : "node:1",
      ...(name === "orderer0-orderer" && { volumes: [roots] }),
    }));
    await roll({ rounds: 40 });
    expect(cluster.deleted).toEqual([]);
    expect(cluster.shown).toBe("False PlatformRootsMissing");
  });

  it("is not restarted for new keys either, and no channel is told of these", async () => {
    await roll();
    needing(["orderer0-orderer"], { volumes: [roots] });
    let told = 0;
    const before = async () => void told++;
    newKeys.set("orderer0-orderer", { why: "it begins to use its new keys", before });
    await roll({ rounds: 40 });
    expect([cluster.deleted, told]).toEqual([[], 0]);
    cluster.objects.add("configmaps/platform-ca-roots");
    await roll();
    expect([cluster.deleted, told]).toEqual([["orderer0-orderer"], 1]);
  });
});

describe("a node that is about to use new keys", () => {
  const why = "it begins to use its new keys";
  const stuck = (isBegun: boolean): Restart => ({
    why,
    before: async () => ({ message: "Channel main knows it by another key.", isBegun }),
    ...(isBegun && { isBegun }),
  });
  const expired = { reason: "CertificateDue", message: "its TLS certificate ended", since: 0, expired: true };

  it("restarts although another one is not ready, if its channels know only its next key", async () => {
    await roll();
    cluster.break("peer1-org2");
    newKeys.set("orderer1-orderer", { why, isBegun: true });
    newKeys.set("orderer2-orderer", { why });
    health = { problem: "No orderer leads channel main yet.", leads: () => 0 };
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual(["orderer1-orderer"]);
    expect(cluster.message).toContain("Waits for peer1-org2 to be ready.");
  });

  it("keeps no other from restarting, if something is in the way of its keys before any channel is told", async () => {
    await roll();
    newKeys.set("orderer0-orderer", stuck(false));
    cluster.declare(only(["orderer1-orderer", "peer0-org1"], "node:2"));
    await roll({ rounds: 60 });
    expect(cluster.deleted).toEqual(["orderer1-orderer", "peer0-org1"]);
    expect(cluster.message).toBe("orderer0-orderer restarts next. Before that: Channel main knows it by another key.");
  });

  it("is the only one to restart while a channel goes without it, but for nodes whose certificates have ended", async () => {
    await roll();
    newKeys.set("orderer0-orderer", stuck(true));
    cluster.declare(only(["orderer1-orderer"], "node:2"));
    asked.set("peer0-org2", expired);
    await roll({ rounds: 40 });
    expect(cluster.deleted).toEqual(["peer0-org2"]);
    // It had told a channel before something came in the way.
    newKeys.set("orderer0-orderer", { ...stuck(true), isBegun: false });
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual(["peer0-org2"]);
  });

  it("restarts for another reason although something is in the way of its keys", async () => {
    await roll();
    newKeys.set("orderer0-orderer", stuck(false));
    asked.set("orderer0-orderer", expired);
    newKeys.set("orderer1-orderer", stuck(true));
    cluster.declare(only(["orderer1-orderer"], "node:2"));
    await roll();
    expect(cluster.deleted).toEqual(["orderer0-orderer", "orderer1-orderer"]);
    expect(cluster.events).toEqual([
      "Normal Restarting: Restarting orderer0-orderer, because its TLS certificate ended.",
      "Normal Restarting: Restarting orderer1-orderer, because its pod template has changed.",
    ]);
  });
});

describe("a node that does not get ready", () => {
  it("stops the rollout, with its trouble as the cause", async () => {
    await roll();
    cluster.declare(all("broken"));
    await roll({ rounds: 40 });
    expect(cluster.deleted).toEqual(["ca-orderer"]);
    expect(cluster.shown).toBe("False ContainerCrashes");
    expect(cluster.message).toBe(
      "Node ca-orderer is not ready. Container node of pod ca-orderer-0 ends again and again, with exit code 2: panic: cannot start. " +
        "See its log. Until it is ready, no other node restarts.",
    );
  });

  it("is replaced at once when the edit is taken back, and nothing else restarts", async () => {
    await roll();
    cluster.declare(all("broken"));
    await roll({ rounds: 40 });
    cluster.declare(all("node:1"));
    await roll();
    expect(cluster.shown).toBe("True RolledOut");
    expect(cluster.deleted).toEqual(["ca-orderer", "ca-orderer"]);
  });

  it("is replaced at once by a corrected edit, which then goes on with the others", async () => {
    await roll();
    cluster.declare(all("broken"));
    await roll({ rounds: 40 });
    cluster.declare(all("node:3"));
    await roll();
    expect(cluster.deleted).toEqual(["ca-orderer", ...orderOfLarge]);
    expect(mostDown()).toBe(1);
  });

  it("of a network that is broken as a whole is replaced with all the others, whatever is wrong with channels", async () => {
    cluster = new NodesDouble(large);
    for (const { name } of large) cluster.break(name);
    health = { problem: "No orderer leads channel main yet.", leads: () => 0 };
    cluster.declare(all("node:2"));
    await roll({ rounds: 8 });
    expect([...cluster.deleted].sort()).toEqual(large.map(({ name }) => name).sort());
  });
});

describe("a controller that is killed", () => {
  const rolled = async (): Promise<void> => {
    await roll();
    cluster.declare(only(["orderer0-orderer", "orderer1-orderer", "peer0-org1", "peer0-org2"], "node:2"));
  };

  /** Number of calls that such a rollout makes. */
  async function callsOf(): Promise<number> {
    await rolled();
    let calls = 0;
    cluster.onCall = (_call, moment) => void (calls += moment === "before" ? 1 : 0);
    await roll();
    return calls;
  }

  it.each(["before", "after"] as const)(
    "%s any call leads to the same end, with one node away at most",
    async (moment) => {
      const calls = await callsOf();
      expect(calls).toBeGreaterThan(40);
      for (let n = 1; n <= calls; n++) {
        for (const seesLate of [false, true]) {
          cluster = new NodesDouble(large);
          await rolled();
          let seen = 0;
          cluster.onCall = (_call, at) => {
            if (at === moment && ++seen === n) throw new Killed();
          };
          await roll({ seesLate });
          expect([n, seesLate, cluster.shown]).toEqual([n, seesLate, "True RolledOut"]);
          expect(cluster.deleted).toEqual(["orderer0-orderer", "orderer1-orderer", "peer0-org1", "peer0-org2"]);
          expect(mostDown()).toBe(1);
        }
      }
    },
  );

  it("right after a restart is followed by one that waits for the channels all the same", async () => {
    await roll();
    cluster.declare(only(["orderer1-orderer"], "node:2"));
    cluster.onCall = (call, moment) => {
      if (!call.startsWith("DELETE") || moment === "before") return;
      health = { problem: "No orderer leads channel main yet.", leads: () => 0 };
      throw new Killed();
    };
    await roll({ rounds: 20 });
    expect(cluster.deleted).toEqual(["orderer1-orderer"]);
    expect(cluster.down).toEqual([]);
    expect(`${cluster.shown}: ${cluster.message}`).toBe("False Rolling: No orderer leads channel main yet.");
  });

  it("after every single call goes on all the same", async () => {
    await rolled();
    const done = new Set<string>();
    // Each call is cut off once after its effect; then it must not be needed again, or be harmless.
    cluster.onCall = (call, moment) => {
      const key = `${call} ${cluster.deleted.length} ${cluster.shown}`;
      if (moment === "before" || done.has(key)) return;
      done.add(key);
      throw new Killed();
    };
    await roll({ rounds: 2000, seesLate: true });
    expect(cluster.shown).toBe("True RolledOut");
    expect(cluster.deleted).toEqual(["orderer0-orderer", "orderer1-orderer", "peer0-org1", "peer0-org2"]);
    expect(mostDown()).toBe(1);
  });
});
