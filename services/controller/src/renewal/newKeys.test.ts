import { consentersOf } from "@baas/fabric";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { anyNewKeys, newKeysKeys } from "../../../../model/contracts/enrolment";
import { jsonLog } from "../../../common/log";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { certificateKeyHash, replaceConsenter } from "../consenterKeys";
import { Manager } from "../manager";
import { Metrics } from "../metrics";
import { type Channel, collections } from "../resources";
import { clientOf } from "../testing/apiClient";
import { KeyedNodes } from "../testing/keyedNodes";
import { testNamespace, TestNetwork } from "../testing/testNetwork";

const orderers = ["orderer0-orderer", "orderer1-orderer", "orderer2-orderer"];
const [first] = orderers as [string];
const peer = "peer0-org1";
const channels = ["main", "second"];

let kubernetes: KubernetesDouble;
let network: TestNetwork;
let nodes: KeyedNodes;
let spec: Channel["spec"];
let stopping: AbortController;
let running: Promise<void>;
let requests = 0;
/** Steps that the controller still takes before it is killed. */
let stepsLeft: number;
let steps: string[];
let watching: NodeJS.Timeout | undefined;

function start(): void {
  stopping = new AbortController();
  stepsLeft = Infinity;
  const log = jsonLog("error", () => {});
  running = new Manager({ api: clientOf(kubernetes), metrics: new Metrics(), log }).run(stopping.signal);
}

async function stop(): Promise<void> {
  stopping.abort();
  await running;
}

/** Counts what changes something; after its last step the controller changes nothing more. */
function step(what: string): boolean {
  if (stepsLeft <= 0) return false;
  stepsLeft--;
  steps.push(what);
  return true;
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 });
/** A time that differs from those before. */
const nextRequest = () => new Date(Date.now() - 60_000 + 1000 * requests++).toISOString();
const known = (channel: string, name: string): string => {
  const { address } = spec.ordering.consenters.find((one) => one.name === name)!;
  const consenters = consentersOf(network.fabric.description(channel).orderer);
  return certificateKeyHash(consenters.find(({ host, port }) => `${host}:${port}` === address)!.serverTlsCertificate);
};
const condition = (collection: string, name: string) =>
  kubernetes.objects.get(`${collection}/${name}`)?.status?.conditions?.[0];
const rollout = () => condition(collections.rollouts(testNamespace), "nodes");
const channel = (name: string) => condition(collections.channels(testNamespace), name);
const secretPath = (name: string) => `${collections.secrets(testNamespace)}/${name}-enrolment`;
const secretValue = (name: string, key: string) =>
  Buffer.from(kubernetes.objects.get(secretPath(name))!.data[key] ?? "", "base64").toString();
const settled = () =>
  until(() => {
    expect(`${rollout()?.status} ${rollout()?.reason} ${rollout()?.message}`).toContain("True RolledOut");
    for (const name of channels) expect(channel(name)).toMatchObject({ status: "True", reason: "Joined" });
  });
const answered = (name: string, request: string) =>
  until(() => {
    expect(nodes.reportOf(name)).toEqual({ answered: request, tls: nodes.keyOf(name) });
    expect(secretValue(name, newKeysKeys.answered)).toBe(request);
  });
/** Which orderers take part in a channel: those that it knows by the key that they use. */
const inTouch = (name: string) => orderers.filter((orderer) => known(name, orderer) === nodes.keyOf(orderer));
const updates = () => network.fabric.calls.filter((call) => / broadcast /.test(call));

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  network = new TestNetwork(kubernetes);
  const organization = await network.organization("orderer");
  const consenters = [];
  for (const name of orderers) consenters.push(await network.orderer(name.split("-")[0]!, "orderer"));
  spec = {
    name: "main",
    ordering: { type: "etcdraft", organization, consenters },
    batch: { timeout: "500ms", maxMessages: 500, preferredMaxBytes: "2Mi", absoluteMaxBytes: "10Mi" },
    organizations: [await network.member("org1", "peer0")],
  };
  network.declare(collections.identities, peer, {
    spec: { certificateAuthority: "ca-org1", enrolmentId: "peer0", type: "peer" },
  });
  nodes = new KeyedNodes(kubernetes, network, [...orderers, peer]);
  network.fabric.leaderOf = (name) => inTouch(name)[0]?.split("-")[0];
  network.fabric.heardBy = (name) => inTouch(name).length;
  steps = [];
  kubernetes.intercept = (method, path) => {
    if (method === "GET" || path.includes("/events") || path.endsWith("/status")) return undefined;
    return step(`${method} ${path.split("/").at(-1)}`) ? undefined : 500;
  };
  let broadcast = "";
  network.fabric.onCall = (call, moment) => {
    if (moment === "before" && / broadcast /.test(call)) broadcast = call.split(" ").slice(1).join(" ");
  };
  network.fabric.refusal = () => (step(broadcast) ? undefined : "the controller is dead");
  start();
  for (const name of channels) network.applyChannel({ ...spec, name });
  await settled();
  nodes.restarted.length = 0;
  steps.length = 0;
});

afterEach(async () => {
  clearInterval(watching);
  await stop();
  nodes.stop();
  await network.stop();
  await kubernetes.stop();
});

describe("new keys", () => {
  it("of a peer take one restart, and no update of any channel", async () => {
    const [before, sent] = [nodes.keyOf(peer), updates().length];
    const request = nextRequest();
    nodes.ask(peer, request);
    await answered(peer, request);
    await settled();
    expect(nodes.keyOf(peer)).not.toBe(before);
    expect(nodes.restarted).toEqual([peer]);
    expect(updates()).toHaveLength(sent);
    expect(secretValue(peer, newKeysKeys.use)).toBe(anyNewKeys);
  });

  it("of an orderer take one update of each channel between two restarts, and are used only when all know them", async () => {
    const before = nodes.keyOf(first);
    const request = nextRequest();
    nodes.ask(first, request);
    await answered(first, request);
    await settled();
    expect(nodes.keyOf(first)).not.toBe(before);
    for (const name of channels) expect(known(name, first)).toBe(nodes.keyOf(first));
    const secret = "PATCH orderer0-orderer-enrolment";
    const pod = "DELETE orderer0-orderer-0";
    const broadcasts = ["broadcast main", "broadcast second"];
    expect(steps).toEqual([secret, pod, secret, ...broadcasts, secret, pod, secret]);
    expect(nodes.restarted).toEqual([first, first]);
  });

  it("of all orderers are used by one after another, so that each channel keeps a majority", async () => {
    let fewest = orderers.length;
    watching = setInterval(() => {
      for (const name of channels) fewest = Math.min(fewest, inTouch(name).length);
    }, 5);
    const before = orderers.map((name) => nodes.keyOf(name));
    const request = nextRequest();
    for (const name of orderers) nodes.ask(name, request);
    for (const name of orderers) await answered(name, request);
    await settled();
    expect(orderers.filter((name, index) => nodes.keyOf(name) === before[index])).toEqual([]);
    expect(fewest).toBe(orderers.length - 1);
    expect(updates().filter((call) => call.endsWith("main"))).toHaveLength(orderers.length);
  });

  it("can be asked for again and again, also while earlier ones are prepared", async () => {
    const [one, two] = [nextRequest(), nextRequest()];
    nodes.ask(first, one);
    await until(() => expect(nodes.reportOf(first)?.next).toBeDefined());
    nodes.ask(first, two);
    await answered(first, two);
    await settled();
    expect(nodes.restarted).toEqual([first, first, first, first]);
    for (const name of channels) expect(known(name, first)).toBe(nodes.keyOf(first));
  });

  it("are not asked for anew when Kubernetes has forgotten what a pod has said", async () => {
    const request = nextRequest();
    nodes.ask(peer, request);
    await answered(peer, request);
    await settled();
    await stop();
    const path = `${collections.pods(testNamespace)}/${peer}-0`;
    const { conditions } = kubernetes.objects.get(path)!.status;
    kubernetes.setStatus(path, { conditions });
    nodes.restarted.length = 0;
    start();
    const other = nextRequest();
    nodes.ask(first, other);
    await answered(first, other);
    expect(nodes.restarted).toEqual([first, first]);
  });

  it("that a node does not make are tried again after a while, and that is said", async () => {
    nodes.stuck.add(peer);
    // A little before its pod started, as its pod says.
    const request = new Date(Date.now() - 3_630_000).toISOString();
    nodes.ask(peer, request);
    await until(() => expect(nodes.restarted.length).toBeGreaterThan(1));
    const told = () => [...kubernetes.objects.values()].map(({ reason, message }) => `${reason} ${message}`).join("\n");
    const why = `${peer} was restarted and has not made new keys`;
    await until(() => expect(told()).toContain(`NewKeysFailed Restarting ${peer}, because ${why}`));
    nodes.stuck.clear();
    await answered(peer, request);
  });

  it("are not given to an orderer that has lost its volume", async () => {
    await nodes.loseVolume(first);
    await until(() => expect(channel("main")).toMatchObject({ reason: "ConsenterKeyChanged" }));
    const before = known("main", first);
    nodes.ask(first, nextRequest());
    await until(() => expect(rollout()?.message).toContain("hears from 2 of 3 orderers"));
    network.fabric.heardBy = () => orderers.length;
    await until(() =>
      expect(rollout()?.message).toContain(
        "Before that: Channel main knows orderer orderer0-orderer by a TLS key that is not on its volume.",
      ),
    );
    expect(known("main", first)).toBe(before);
  });

  it("are not used by an orderer whose channel nothing declares any more, until something does", async () => {
    const before = known("second", first);
    kubernetes.remove(`${collections.channels(testNamespace)}/second`);
    const request = nextRequest();
    nodes.ask(first, request);
    await until(() =>
      expect(rollout()?.message).toContain(
        "orderer0-orderer is a consenter of channel second, which no Channel declares",
      ),
    );
    expect(nodes.keyOf(first)).toBe(before);
    for (const name of channels) expect(known(name, first)).toBe(before);
    network.applyChannel({ ...spec, name: "second" });
    await answered(first, request);
    await settled();
    for (const name of channels) expect(known(name, first)).toBe(nodes.keyOf(first));
  });

  it("are not used while a channel that knows the old one has its genesis block, and nobody has joined it", async () => {
    let isHeld = true;
    const look = network.fabric.onCall;
    network.fabric.onCall = (call, moment) => (isHeld && / join third$/.test(call) ? "drop" : look(call, moment));
    network.applyChannel({ ...spec, name: "third" });
    await until(() => expect(channel("third")?.reason).toBe("NodeUnavailable"));
    const request = nextRequest();
    nodes.ask(first, request);
    await until(() => expect(rollout()?.message).toContain("Before that: Channel third is being made"));
    isHeld = false;
    await answered(first, request);
    await until(() => expect(known("third", first)).toBe(nodes.keyOf(first)));
  });

  it("that channels know are used although the account in the Secret was lost", async () => {
    const request = nextRequest();
    let isLost = false;
    network.fabric.refusal = () => {
      stepsLeft = 0;
      isLost = true;
      return undefined;
    };
    nodes.ask(first, request);
    await until(() => expect(isLost).toBe(true));
    await until(() => expect(known("main", first)).not.toBe(nodes.keyOf(first)));
    await stop();
    network.fabric.refusal = () => undefined;
    const secret = kubernetes.objects.get(secretPath(first))!;
    for (const key of Object.values(newKeysKeys)) delete secret.data[key];
    start();
    await until(() => expect(channel("main")?.reason).toBe("NewKeys"));
    await answered(first, request);
    await settled();
    for (const name of channels) expect(known(name, first)).toBe(nodes.keyOf(first));
  });

  it("are given to a channel that was made while its orderer was getting them", async () => {
    const request = nextRequest();
    nodes.ask(first, request);
    await answered(first, request);
    await settled();
    // As if the channel had been made with the key before: it knows the orderer by one that it does not use any more.
    const old = await network.tls("orderer", "orderer0");
    const { address } = spec.ordering.consenters[0]!;
    network.fabric.configureByHand("second", replaceConsenter(address, old.certificate));
    network.applyChannel({ ...spec, name: "second", batch: { ...spec.batch, maxMessages: 400 } });
    await until(() => expect(known("second", first)).toBe(nodes.keyOf(first)));
    await settled();
  });
});

describe("a controller that is killed", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("after step %i of a replacement is followed by one that ends it", async (n) => {
    const request = nextRequest();
    const before = nodes.keyOf(first);
    stepsLeft = n;
    nodes.ask(first, request);
    await until(() => expect(stepsLeft).toBe(0));
    // What it does is done by now, or never.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await stop();
    expect(steps).toHaveLength(n);
    start();
    await answered(first, request);
    await settled();
    expect(nodes.keyOf(first)).not.toBe(before);
    for (const name of channels) {
      expect(known(name, first)).toBe(nodes.keyOf(first));
      expect(inTouch(name)).toEqual(orderers);
    }
    expect(nodes.restarted).toEqual([first, first]);
  });
});
