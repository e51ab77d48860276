/**
 * Conditions on real Fabric follow the facts, and what others do to a network holds up nothing else; see fabricCluster.ts. It
 * prints times for people to judge.
 */
import { afterAll, describe, expect, vi } from "vitest";

import { addOrganization, removeOrganization } from "../../fabric/src/config/edits";
import { updateChannel } from "../../fabric/src/config/update";
import type { ChaincodeDefinition } from "../../fabric/src/lifecycle/definition";
import { approve, commit, type Member } from "../../fabric/src/lifecycle/lifecycle";
import { Administration, type Administrator } from "../cluster/administration";
import { FabricCluster } from "../cluster/fabricCluster";
import { LoadPod } from "../cluster/load/loadPod";
import { whoAnswers } from "../edge/clients";

const fabric = new FabricCluster("test-facts");
const test = fabric.test.bind(fabric);
const kubectl = (...args: string[]): Promise<string> => fabric.kubectl("-n", "dev", ...args);
const stackFile = "stacks/Pulumi.dev.yaml";
const main = "chaincode/asset-transfer/src/main.ts";
const chaincode = ["chaincode", "main.asset-transfer"] as const;
const channel = ["channel", "main"] as const;
const organizations = [
  { name: "orderer", mspId: "OrdererMSP" },
  { name: "org1", mspId: "Org1MSP" },
  { name: "org2", mspId: "Org2MSP" },
];
/** Longest time until a condition shows what Kubernetes knows, and what only Fabric does; in milliseconds. */
const soon = 15_000;
const withinTheMinute = 90_000;
/**
 * Longest time until a peer without its volume knows the channel's present state, in milliseconds. Fabric waits a minute for each
 * block with private data that nobody has any more: here, for each approval of its organization, which has no other peer.
 */
const caughtUp = 600_000;

let administration: Administration | undefined;
let administrators: Administrator[];

afterAll(() => administration?.close());

const appliesWell = async (): Promise<void> =>
  expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });

/** Waits until a condition Ready has a reason; returns its message, and prints how long it took. */
async function shows(object: readonly [string, string], reason: string | RegExp, longest: number): Promise<string> {
  const began = Date.now();
  const message = await vi.waitFor(
    async () => {
      const found = await fabric.condition("dev", ...object);
      expect(found).toMatchObject({ reason: expect.stringMatching(reason), current: true });
      return found!.message;
    },
    { timeout: longest, interval: 200 },
  );
  console.log(`${object.join(" ")} shows ${reason} after ${seconds(began)}: ${message}`);
  return message;
}

/** The line with the chaincode's version. */
const versionOfStack = (): string => /version: .*/.exec(fabric.project.read(stackFile))![0];

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Deletes a peer's volume, and waits until its new pod is ready. */
async function loseVolume(peer: string): Promise<void> {
  await kubectl("scale", `statefulset/${peer}`, "--replicas=0");
  await kubectl("wait", "--for=delete", `pod/${peer}-0`, "--timeout=60s");
  await kubectl("delete", "persistentvolumeclaim", `data-${peer}-0`, "--timeout=60s");
  await kubectl("scale", `statefulset/${peer}`, "--replicas=1");
  await vi.waitFor(
    async () => {
      const pod = JSON.parse(await kubectl("get", "pod", `${peer}-0`, "-o", "json"));
      expect(pod.status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
    },
    { timeout: 120_000, interval: 200 },
  );
}

/** The administrators, with connections to the first nodes. */
async function byHand() {
  administration ??= new Administration(fabric.cluster, "dev");
  administrators ??= await Promise.all(organizations.map((one) => administration!.enrol(one)));
  const [ofOrderer, ...members] = administrators;
  const orderers = [await administration.orderer("orderer0", ofOrderer!)];
  const peers = await Promise.all(members.map((member) => administration!.peer("peer0", member)));
  const usable = members.map(({ name, signer }, index): Member => ({
    organization: name,
    signer,
    peers: [peers[index]!],
  }));
  return { orderers, signers: administrators.map(({ signer }) => signer), members: usable };
}

/** Approves and commits a definition as both members. */
async function commitByHand(definition: ChaincodeDefinition, sequence: number): Promise<void> {
  const { orderers, members } = await byHand();
  for (const member of members) await approve(member, orderers, "main", definition, sequence, undefined);
  await commit(members, orderers, "main", definition, sequence);
}

describe("on real Fabric,", () => {
  test("the network comes up", appliesWell);

  test("a chaincode that is ready stops being so when its server goes away, and is ready again with it", async () => {
    await kubectl("scale", "deployment/asset-transfer-1-0-org2", "--replicas=0");
    await shows(chaincode, "ServerNotReady", soon);
    await kubectl("scale", "deployment/asset-transfer-1-0-org2", "--replicas=1");
    await shows(chaincode, "Committed", 60_000);
  });

  test("a peer that has lost its volume is on its channel again within seconds, and answers calls", async () => {
    const client = await LoadPod.start(fabric.cluster, "dev", "asset-transfer-1-0-smoke-test");
    const load = client.submit(5, { seconds: 3 });
    await vi.waitFor(() => expect(load.submissions.some(({ outcome }) => outcome === "committed")).toBe(true), 20_000);
    const { id } = (await load.stop()).find(({ outcome }) => outcome === "committed")!;
    await loseVolume("peer0-org2");
    const ready = Date.now();
    await vi.waitFor(
      async () => expect(JSON.parse(await client.call("peer0-org2", "ReadAsset", id))).toMatchObject({ id }),
      {
        timeout: 45_000,
        interval: 500,
      },
    );
    console.log(`peer0-org2 answers ${seconds(ready)} after it was ready`);
    await shows(channel, "Joined", soon);
    expect(await shows(chaincode, "ChannelNotReady", soon)).toMatch(/org2 are still catching up/);
    await shows(chaincode, "Committed", caughtUp);
    await client.remove();
  });

  test("an upgrade does not wait for a peer that has lost its volume any longer than for the peer itself", async () => {
    await loseVolume("peer0-org2");
    fabric.project.edit(stackFile, 'version: "1.0"', 'version: "1.1"');
    const began = Date.now();
    await appliesWell();
    console.log(`the upgrade took ${seconds(began)}`);
    expect(Date.now() - began).toBeLessThan(180_000);
    fabric.project.restore(stackFile);
    await appliesWell();
  });

  test("a node that is away shows at its channel, until it is back", async () => {
    await kubectl("scale", "statefulset/peer0-org2", "--replicas=0");
    expect(await shows(channel, /^Node(Unavailable|Timeout)$/, 45_000)).toContain("peer0-org2");
    await kubectl("scale", "statefulset/peer0-org2", "--replicas=1");
    await shows(channel, "Joined", 60_000);
    await shows(chaincode, "Committed", soon);
  });

  test("private data collections that were committed by hand are kept, and the next version comes all the same", async () => {
    const { message } = (await fabric.condition("dev", ...chaincode))!;
    const sequence = Number(/with sequence (\d+)/.exec(message)![1]);
    const collections = [{ name: "secrets", policy: "OR('Org1MSP.member', 'Org2MSP.member')" }];
    await commitByHand({ name: "asset-transfer", version: "1.0", collections }, sequence + 1);
    await vi.waitFor(
      async () => expect((await fabric.condition("dev", ...chaincode))!.message).toContain("collections secrets"),
      { timeout: withinTheMinute, interval: 500 },
    );
    fabric.project.edit(stackFile, 'version: "1.0"', 'version: "1.2"');
    await appliesWell();
    const after = await shows(chaincode, "Committed", soon);
    expect(after).toContain(`asset-transfer 1.2 is committed with sequence ${sequence + 2}`);
    expect(after).toContain("Its private data collections secrets were committed by other means");
  });

  test("a version that was committed by hand is followed by that of the stack file", async () => {
    const sequence = Number(/with sequence (\d+)/.exec((await fabric.condition("dev", ...chaincode))!.message)![1]);
    const collections = [{ name: "secrets", policy: "OR('Org1MSP.member', 'Org2MSP.member')" }];
    await commitByHand({ name: "asset-transfer", version: "by-hand", collections }, sequence + 1);
    await vi.waitFor(
      async () =>
        expect((await fabric.condition("dev", ...chaincode))!.message).toContain(
          `1.2 is committed with sequence ${sequence + 2}`,
        ),
      { timeout: withinTheMinute, interval: 500 },
    );
    await shows(chaincode, "Committed", soon);
  });

  test("a member that was added by hand is told of, and everything else goes on", async () => {
    const { orderers, signers } = await byHand();
    const { root, tlsRoot } = administrators[2]!;
    const msp = { mspId: "Org9MSP", rootCertificates: [root], tlsRootCertificates: [tlsRoot] };
    await updateChannel(orderers, "main", [addOrganization({ name: "org9", msp })], signers);
    expect(await shows(channel, "RemovalNotSupported", withinTheMinute)).toContain("organization org9");
    await loseVolume("peer0-org2");
    expect(await shows(chaincode, "ChannelNotReady", soon)).toMatch(/org2 are still catching up/);
    await shows(chaincode, "Committed", caughtUp);
    expect((await fabric.condition("dev", ...channel))!.reason).toBe("RemovalNotSupported");
    administration!.close();
    administration = undefined;
    const again = await byHand();
    await updateChannel(again.orderers, "main", [removeOrganization("org9")], again.signers);
    await shows(channel, "Joined", withinTheMinute);
  });

  test("a batch that orderers or protobuf do not take is told of, and taking it back heals", async () => {
    const patch = (batch: object) =>
      kubectl("patch", ...channel, "--type=merge", "-p", JSON.stringify({ spec: { batch } }));
    const { preferredMaxBytes, absoluteMaxBytes } = JSON.parse(await kubectl("get", ...channel, "-o", "json")).spec
      .batch;
    for (const [batch, words] of [
      [{ preferredMaxBytes: "90Mi" }, "at most absoluteMaxBytes"],
      [{ preferredMaxBytes, absoluteMaxBytes: "5000Mi" }, "absoluteMaxBytes is at most"],
    ] as const) {
      await patch(batch);
      expect(await shows(channel, "BatchRefused", soon)).toContain(words);
      expect((await fabric.condition("dev", ...chaincode))!.status).toBe("True");
    }
    await patch({ preferredMaxBytes, absoluteMaxBytes });
    await shows(channel, "Joined", soon);
  });

  test("`apply` ends when the gateway serves the new routes, not before", async () => {
    fabric.project.edit(stackFile, "{ name: org1, clients: [app] }", "{ name: org1, peers: 2, clients: [app] }");
    const began = Date.now();
    await appliesWell();
    console.log(`apply with a new route took ${seconds(began)}`);
    const edge = { host: fabric.cluster.nodeAddress, port: 30443 };
    for (let n = 0; n < 20; n++) expect(await whoAnswers(edge, "peer1.org1.dev.example.com")).toBe("peer1");
  });

  test("a chaincode whose server speaks without TLS is not committed and says so; the former version stays", async () => {
    const version = versionOfStack();
    fabric.project.edit(stackFile, version, 'version: "2.0"');
    fabric.project.edit(main, "...options.flat()", '...options.filter(([name]) => !name?.includes("tls")).flat()');
    const applying = fabric.apply("dev", 120_000);
    const message = await shows(chaincode, "ServerWithoutTls", 110_000);
    expect(message).toContain("it speaks without TLS. Have the chaincode serve with TLS");
    const outcome = await applying;
    expect(outcome.end).toBe("timeout");
    expect(outcome.notReady.map(({ reason }) => reason).join("\n")).toContain("it speaks without TLS");
    fabric.project.restore(main);
    fabric.project.edit(stackFile, 'version: "2.0"', version);
    await appliesWell();
    await shows(chaincode, "Committed", soon);
  });

  test("one version runs on two channels, with one set of servers", async () => {
    fabric.project.edit(stackFile, "      - { name: main }", "      - { name: main }\n      - { name: second }");
    const [whole] = /      - name: asset-transfer\n(?: {8,}.*\n)+/.exec(fabric.project.read(stackFile))!;
    fabric.project.edit(stackFile, whole, whole + whole.replace("channel: main", "channel: second"));
    const began = Date.now();
    await appliesWell();
    console.log(`apply with a second channel took ${seconds(began)}`);
    await shows(["chaincode", "second.asset-transfer"], "Committed", soon);
    const servers = await fabric.list("-n", "dev", "deployments", "-l", "app.kubernetes.io/component=chaincode");
    expect(servers).toHaveLength(2);
    const jobs = await fabric.list("-n", "dev", "jobs");
    expect(jobs.map(({ status }) => status.succeeded)).toEqual(jobs.map(() => 1));
  });
});
