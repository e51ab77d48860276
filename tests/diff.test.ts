import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { plain } from "../cli/common/colors";
import { diffText } from "../cli/diff/diffText";
import type { StackDiff } from "../cli/diff/diffTypes";
import { diff } from "../cli/diff/stackDiff";
import { preview } from "../cli/engine/preview/preview";
import { runProgram } from "../cli/engine/program/programs";
import { writeRecord } from "../cli/engine/record/writeRecord";
import { policyPackIn } from "../policies/pack";
import { ProjectCopy } from "./projectCopy";

const trade = "stacks/Pulumi.trade.yaml";
const edited = [trade, "infra/versions.yaml", "components/fabric/peer.ts"];
let project: ProjectCopy;

beforeAll(async () => {
  project = new ProjectCopy();
  writeRecord(await runProgram({ projectDir: project.dir, stack: "trade", dryRun: true }));
});
afterEach(() => edited.forEach((file) => project.restore(file)));
afterAll(() => project.remove());

/** The violations of policies after an edit, each once. */
async function violations(): Promise<string[]> {
  const found = await preview(project.dir, "trade", { policies: policyPackIn(project.dir) });
  return [
    ...new Set(
      found.violations.map(({ policy, level, message }) => `${level} ${policy}: ${message.split("\n").at(-1)}`),
    ),
  ];
}

/** The difference after an edit, and its text without the objects. */
async function business(): Promise<{ text: string; found: StackDiff }> {
  const all = await diff({ projectDir: project.dir, stacks: ["trade"] });
  const [text] = diffText(all, plain).split("\nObjects: ");
  return { text: text!.split("\n").slice(1).join("\n").trim(), found: all.stacks[0]! };
}

describe("ten edits that a team makes, in what they mean and what policies say:", () => {
  it("a peer is added", async () => {
    project.edit(trade, "mspId: Org1MSP, peers: 2", "mspId: Org1MSP, peers: 3");
    const { text, found } = await business();
    expect(text).toMatchInlineSnapshot(`
      "Network:
          ~ organization org1: peers 2 -> 3
              1 new peer to join channel trades and fetch the ledger; no other peer restarts
          + gateway, pass-through: name peer2.org1.trade.example.com
              reached from outside from now on, with TLS up to the node"
    `);
    expect(found.counts).toMatchInlineSnapshot(`
      {
        "create": 7,
        "delete": 0,
        "replace": 0,
        "update": 5,
      }
    `);
    expect(await violations()).toMatchInlineSnapshot(`[]`);
  });

  it("an organization is renamed, with what names it", async () => {
    project.edit(trade, "{ name: org2, mspId: Org2MSP", "{ name: acme, mspId: Org2MSP");
    project.edit(trade, "organizations: [org1, org2]", "organizations: [org1, acme]");
    project.edit(trade, "peers: [org1, org2]", "peers: [org1, acme]");
    expect((await business()).text).toMatchInlineSnapshot(`
      "Network:
        ! ~ organization org2: name org2 -> acme; MSP ID stays Org2MSP
              for Fabric and Kubernetes this is another organization: 2 peers (10Gi each) and a CA begin anew, with new keys and a new root
              the nodes of org2 stop; their volumes stay until --purge
              the controller does not remove org2 from channel trades: it changes nothing there and reports RemovalNotSupported, until it is put back or removed with Fabric's own tools
          + gateway, pass-through: names peer0.acme.trade.example.com, peer1.acme.trade.example.com, peers.acme.trade.example.com
              reached from outside from now on, with TLS up to the node
        ! - gateway, pass-through: names peer0.org2.trade.example.com, peer1.org2.trade.example.com, peers.org2.trade.example.com
              not reached from outside any more

      Careful:
        ! StatefulSet ca-org2, peer0-org2, peer1-org2: deleted; the pod stops; the volume stays, and a new StatefulSet of that name uses it again
        ! Identity admin-org2, peer0-org2, peer1-org2: deleted; nothing is revoked: the CA keeps it, and its certificates stay valid until they expire
        ! CertificateAuthority ca-org2: deleted; identities are no longer registered with this CA; the certificates it has issued stay valid"
    `);
    expect(await violations()).toMatchInlineSnapshot(`[]`);
  });

  it("an organization is renamed, but not where a channel names it", async () => {
    project.edit(trade, "{ name: org2, mspId: Org2MSP", "{ name: acme, mspId: Org2MSP");
    const { text, found } = await business();
    expect(text).toMatchInlineSnapshot(`
      "Errors:
        stacks/Pulumi.trade.yaml: 2 mistakes
          baas:network.channels[0].organizations[1]: there is no organization "org2". Did you mean "org1"? There are: org1, acme
          baas:network.gateway.passthrough.peers[1]: there is no organization "org2". Did you mean "org1"?"
    `);
    expect(found.status).toBe("failed");
  });

  it("storage shrinks", async () => {
    project.edit(trade, "mspId: Org1MSP, peers: 2", "mspId: Org1MSP, peers: 2, peerStorage: 5Gi");
    const { text, found } = await business();
    expect(text).toMatchInlineSnapshot(`
      "Network:
        ! ~ organization org1: peerStorage 10Gi -> 5Gi
              no volume shrinks: policy storage-never-shrinks refuses it

      Careful:
        ! Rollout nodes: the cluster refuses it: storage cannot become less: no volume shrinks. Write what it has been, or more"
    `);
    expect(found.objects).toEqual([]);
    expect(await violations()).toMatchInlineSnapshot(`
      [
        "mandatory storage-never-shrinks: stacks/Pulumi.trade.yaml: baas:network.organizations[0].peerStorage: StatefulSet trade/peer0-org1: volume "data" would be 5Gi, and has been 10Gi since the last apply. Write 10Gi, or more",
        "mandatory storage-never-shrinks: stacks/Pulumi.trade.yaml: baas:network.organizations[0].peerStorage: StatefulSet trade/peer1-org1: volume "data" would be 5Gi, and has been 10Gi since the last apply. Write 10Gi, or more",
      ]
    `);
  });

  it("the batch time-out changes", async () => {
    project.edit(trade, "timeout: 500ms", "timeout: 2s");
    expect((await business()).text).toMatchInlineSnapshot(`
      "Network:
          ~ channel trades: batch timeout 500ms -> 2s
              one configuration update of the channel; nothing restarts"
    `);
    expect(await violations()).toMatchInlineSnapshot(`[]`);
  });

  it("Fabric is upgraded", async () => {
    project.edit("infra/versions.yaml", '"2.5": ["2.5.16"', '"2.5": ["2.5.17", "2.5.16"');
    expect((await business()).text).toMatchInlineSnapshot(`
      "Network:
        ! ~ network: Fabric 2.5.16 -> 2.5.17
              all peers and orderers restart with the new version, one after another, each ready and its channels caught up before the next; ledgers stay, and the channels' capabilities

      Pods that restart:
        StatefulSet orderer0-orderer, orderer1-orderer, orderer2-orderer, peer0-org1, peer0-org2, peer1-org1, peer1-org2: image
        one after another, each ready and its channels caught up before the next: orderer0-orderer, orderer1-orderer, orderer2-orderer, peer0-org1, peer0-org2, peer1-org1, peer1-org2; of the orderers, the one that leads most channels is the last

      Images:
        docker.io/hyperledger/fabric-orderer:2.5.16 -> 2.5.17, in StatefulSet orderer0-orderer, orderer1-orderer, orderer2-orderer
        docker.io/hyperledger/fabric-peer:2.5.16 -> 2.5.17, in StatefulSet peer0-org1, peer0-org2, peer1-org1, peer1-org2"
    `);
    expect(await violations()).toMatchInlineSnapshot(`[]`);
  });

  it("the port changes", async () => {
    project.edit(trade, "port: 30444", "port: 30450");
    expect((await business()).text).toMatchInlineSnapshot(`
      "Network:
        ! ~ gateway: port 30444 -> 30450
              clients must call https://api.trade.example.com:30450; the old port closes
              nodes that it passes through to are handed out with the new port: their peers restart, one after another, and channels change by a configuration update

      Pods that restart:
        StatefulSet peer0-org1, peer0-org2, peer1-org1, peer1-org2: configuration
        one after another, each ready and its channels caught up before the next: peer0-org1, peer0-org2, peer1-org1, peer1-org2"
    `);
    expect(await violations()).toMatchInlineSnapshot(`[]`);
  });

  it("a channel is dropped, with its chaincode", async () => {
    const content = project.read(trade);
    project.edit(trade, /    channels:\n[^]*?(?=    gateway:)/.exec(content)![0], "");
    expect((await business()).text).toMatchInlineSnapshot(`
      "Network:
        ! - channel trades: members org1, org2
              only its management ends: orderers and peers stay joined and keep their ledgers, and a channel of that name in the stack file takes it up again
        ! - chaincode asset-transfer on trades: version 1.0
              its servers stop, so that calls fail; the definition stays committed on the channel, and so does its state

      Careful:
        ! Chaincode trades.asset-transfer: deleted; only its management ends: the definition stays committed on the channel
        ! Channel trades: deleted; only its management ends: the channel and its ledgers stay on orderers and peers"
    `);
    expect(await violations()).toMatchInlineSnapshot(`[]`);
  });

  it("an endorsement policy changes", async () => {
    project.edit(trade, "OutOf(2, ", "OutOf(1, ");
    expect((await business()).text).toMatchInlineSnapshot(`
      "Network:
          ~ chaincode asset-transfer on trades: endorsement policy OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer') -> OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')
              approved by every member and committed as the next sequence; nothing is installed and nothing restarts"
    `);
    expect(await violations()).toMatchInlineSnapshot(`
      [
        "advisory fabric-endorsement-by-single-organization: stacks/Pulumi.trade.yaml: baas:network.chaincodes[0].endorsementPolicy: Chaincode trade/trades.asset-transfer: Org1MSP alone, or Org2MSP alone satisfies "OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')". Write one that needs two, such as OutOf(2, ...), or leave it out: a majority is the default",
      ]
    `);
  });

  it("limits are removed", async () => {
    project.edit("components/fabric/peer.ts", '    resources: resourcesOf(plan.size, "peer"),\n', "");
    expect((await business()).text).toMatchInlineSnapshot(`
      "Careful:
        ! StatefulSet peer0-org1, peer0-org2, peer1-org1, peer1-org2: container peer no longer has limits: it may use everything that its node has

      Pods that restart:
        StatefulSet peer0-org1, peer0-org2, peer1-org1, peer1-org2: requests and limits
        one after another, each ready and its channels caught up before the next: peer0-org1, peer0-org2, peer1-org1, peer1-org2"
    `);
    expect(await violations()).toMatchInlineSnapshot(`
      [
        "mandatory resources-bounds: stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1: its pod requests 64Mi of memory; a peer needs 96Mi at least. Choose another size in the stack file, or set other bounds for the role",
        "mandatory resources-bounds: stacks/Pulumi.trade.yaml: baas:network.organizations[1]: StatefulSet trade/peer0-org2: its pod requests 64Mi of memory; a peer needs 96Mi at least. Choose another size in the stack file, or set other bounds for the role",
        "mandatory resources-bounds: stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer1-org1: its pod requests 64Mi of memory; a peer needs 96Mi at least. Choose another size in the stack file, or set other bounds for the role",
        "mandatory resources-bounds: stacks/Pulumi.trade.yaml: baas:network.organizations[1]: StatefulSet trade/peer1-org2: its pod requests 64Mi of memory; a peer needs 96Mi at least. Choose another size in the stack file, or set other bounds for the role",
        "mandatory resources-requests-and-limits: stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1: container "peer" lacks resources.requests.cpu, resources.requests.memory, resources.limits.cpu, resources.limits.memory. Set it in components/fabric/peer.ts",
        "mandatory resources-requests-and-limits: stacks/Pulumi.trade.yaml: baas:network.organizations[1]: StatefulSet trade/peer0-org2: container "peer" lacks resources.requests.cpu, resources.requests.memory, resources.limits.cpu, resources.limits.memory. Set it in components/fabric/peer.ts",
        "mandatory resources-requests-and-limits: stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer1-org1: container "peer" lacks resources.requests.cpu, resources.requests.memory, resources.limits.cpu, resources.limits.memory. Set it in components/fabric/peer.ts",
        "mandatory resources-requests-and-limits: stacks/Pulumi.trade.yaml: baas:network.organizations[1]: StatefulSet trade/peer1-org2: container "peer" lacks resources.requests.cpu, resources.requests.memory, resources.limits.cpu, resources.limits.memory. Set it in components/fabric/peer.ts",
      ]
    `);
  });

  it("the ordering type changes to one that there is not", async () => {
    project.edit(trade, "type: etcdraft", "type: solo");
    const { text, found } = await business();
    expect(text).toMatchInlineSnapshot(`
      "Errors:
        stacks/Pulumi.trade.yaml: 1 mistake
          baas:network.ordering.type: "solo" is not allowed. Allowed: etcdraft, kafka"
    `);
    expect(found.status).toBe("failed");
  });
});
