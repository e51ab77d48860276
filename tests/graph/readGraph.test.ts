import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { linkLabel } from "../../cli/graph/links";
import { mermaid } from "../../cli/graph/mermaid";
import type { NetworkGraph } from "../../cli/graph/networkGraph";
import { readGraph } from "../../cli/graph/readGraph";
import { svg } from "../../cli/graph/svg";
import { TestProject } from "../../model/testing";
import { ProjectCopy } from "../projectCopy";

let project: ProjectCopy;
let dev: NetworkGraph;
beforeAll(async () => {
  project = new ProjectCopy();
  dev = await readGraph(project.dir, "dev");
});
afterAll(() => project.remove());

function linksOf({ boxes, links }: NetworkGraph): string[] {
  const names = new Map(
    boxes.flatMap(({ title, groups }) => groups.map((group) => [group.id, `${title}/${group.title}`])),
  );
  const list = (ids: string[]): string => ids.map((id) => names.get(id)).join(", ");
  return links.map((link) =>
    link.mutual
      ? `${list(link.sources)} <-> ${linkLabel(link)}`
      : `${list(link.sources)} -> ${list(link.targets)}: ${linkLabel(link)}`,
  );
}

describe("the graph of", () => {
  it("dev has these connections and no others", () => {
    expect(linksOf(dev)).toMatchInlineSnapshot(`
      [
        "outside/clients, partners -> gateway/gateway: TLS 30443",
        "gateway/gateway -> org1/peer, org2/peer: clients 7051, health 9443",
        "gateway/gateway -> org1/CA, org2/CA: enrol 7054",
        "gateway/gateway -> orderer/orderer: clients 7050, health 9443",
        "org1/peer, org2/peer <-> gossip, endorse 7051",
        "org1/peer -> org1/chaincode: chaincode 7052",
        "org1/peer, org1/chaincode, org1/smoke test -> org1/CA: enrol 7054",
        "org1/peer, org2/peer -> orderer/orderer: order 7050",
        "org1/smoke test -> org1/peer, org2/peer: transactions 7051",
        "org1/CA, org2/CA, orderer/CA, platform/baas-controller, platform/CA -> Kubernetes API/any address: 443, 6443",
        "org2/peer -> org2/chaincode: chaincode 7052",
        "org2/peer, org2/chaincode -> org2/CA: enrol 7054",
        "orderer/orderer -> orderer/CA: enrol 7054",
        "platform/baas-controller -> org1/peer, org2/peer: join, install 7051",
        "platform/baas-controller -> org1/chaincode, org2/chaincode: check 7052",
        "platform/baas-controller -> org1/CA, org2/CA, orderer/CA, platform/CA: register 7054",
        "platform/baas-controller -> orderer/orderer: configure 7050, participation 7053, operations 9443",
      ]
    `);
  });

  it("trade has peers and orderers that talk among themselves", async () => {
    expect(linksOf(await readGraph(project.dir, "trade")).filter((link) => link.includes("<->"))).toEqual([
      "org1/peers, org2/peers <-> gossip, endorse 7051",
      "orderer/orderers <-> Raft 7050",
    ]);
  });
});

it("a network on Kafka has orderers that talk to brokers instead, and ZooKeepers behind them", async () => {
  const config = (kind: string, content: object) => JSON.stringify({ config: { [`baas:${kind}`]: content } });
  const own = new ProjectCopy();
  try {
    own.write("stacks/Pulumi.platform-local.yaml", config("platform", { environment: "local", kafka: {} }));
    const network = {
      ...{ environment: "local", domain: "net.example.com", organizations: [{ name: "org1" }] },
      ordering: { type: "kafka", systemChannel: "net-system", nodes: 2 },
    };
    own.write("stacks/Pulumi.net.yaml", config("network", network));
    const links = linksOf(await readGraph(own.dir, "net"));
    const ofKafka = links.filter((link) => /9093|2182|2888/.test(link));
    expect(ofKafka).toMatchInlineSnapshot(`
      [
        "orderer/orderers -> platform/brokers: order 9093",
        "platform/baas-controller -> platform/brokers: topics 9093",
        "platform/baas-controller -> platform/ZooKeepers: state 2182",
        "platform/brokers <-> replicate 9093",
        "platform/brokers -> platform/ZooKeepers: coordinate 2182",
        "platform/ZooKeepers <-> quorum 2888, election 3888",
      ]
    `);
    expect(links.filter((link) => link.includes("Raft"))).toEqual([]);
  } finally {
    own.remove();
  }
});

it("a network of Ethereum has RPC nodes that reach validators by bootnodes alone", async () => {
  const network = {
    ...{ environment: "local", domain: "bank.example.com", chainId: 20500, rpcNodes: 2, bootnodes: 2 },
    gateway: { port: 30460, tokens: [{ name: "wallets", sha256: "ab".repeat(32) }] },
  };
  const own = new ProjectCopy();
  try {
    own.write("stacks/Pulumi.bank.yaml", JSON.stringify({ config: { "baas:ethereum": network } }));
    const bank = await readGraph(own.dir, "bank");
    expect(linksOf(bank)).toMatchInlineSnapshot(`
      [
        "outside/clients, partners -> gateway/gateway: TLS 30460",
        "gateway/gateway -> gateway/JSON-RPC filter: calls 8445",
        "gateway/JSON-RPC filter -> chain/RPC nodes: JSON-RPC 8545, WebSockets 8546",
        "chain/RPC nodes -> chain/bootnodes: blocks, transactions 30303",
        "chain/RPC nodes, chain/bootnodes, chain/validators, platform/baas-controller, platform/CA -> Kubernetes API/any address: 443, 6443",
        "chain/bootnodes, chain/validators -> chain/validators: blocks, transactions 30303",
        "platform/baas-controller -> chain/validators: votes 8545",
        "platform/baas-controller -> platform/CA: register 7054",
      ]
    `);
    expect(mermaid(bank)).toMatchInlineSnapshot(`
      "flowchart LR
        subgraph b0["outside"]
          n0["clients, partners"]
        end
        subgraph b1["gateway port 30460"]
          n1["gateway<br/>rpc.bank.example.com"]
          n2["JSON-RPC filter<br/>36 methods, tokens"]
        end
        subgraph b2["chain ID 20500"]
          n3["RPC nodes<br/>rpc0, rpc1"]
          n4["bootnodes<br/>bootnode0, bootnode1"]
          n5["validators<br/>validator0, validator1, validator2, validator3<br/>3 of 4 agree"]
        end
        subgraph b3["platform baas-platform"]
          n6["baas-controller"]
          n7["CA<br/>platform-ca"]
        end
        subgraph b4["Kubernetes API"]
          n8["any address"]
        end
        n0 -->|"TLS 30460"| n1
        n1 -->|"calls 8445"| n2
        n2 -->|"JSON-RPC 8545, WebSockets 8546"| n3
        n3 -->|"blocks, transactions 30303"| n4
        n3 & n4 & n5 & n6 & n7 -->|"443, 6443"| n8
        n4 & n5 -->|"blocks, transactions 30303"| n5
        n6 -->|"votes 8545"| n5
        n6 -->|"register 7054"| n7
      "
    `);
  } finally {
    own.remove();
  }
});

it("a platform has no graph, and is named by its file", async () => {
  const other = new TestProject();
  other.environment("local");
  other.write("stacks/Pulumi.platform-local.yml", "config: { baas:platform: { environment: local } }\n");
  const read = readGraph(other.dir, "platform-local").finally(() => other.remove());
  await expect(read).rejects.toThrow("stacks/Pulumi.platform-local.yml is a platform: only networks are drawn");
});

// `node cli/launch/tool.cjs vitest run tests/graph -u` updates it.
it("the pictures in docs are those of dev and ethdev", async () => {
  await expect(svg(dev)).toMatchFileSnapshot("../../docs/dev.svg");
  await expect(svg(await readGraph(project.dir, "ethdev"))).toMatchFileSnapshot("../../docs/ethdev.svg");
});

it("the Mermaid chart has the same nodes and lines", () => {
  expect(mermaid(dev)).toMatchInlineSnapshot(`
    "flowchart LR
      subgraph b0["outside"]
        n0["clients, partners"]
      end
      subgraph b1["gateway port 30443"]
        n1["gateway<br/>under dev.example.com<br/>api<br/>peer0.org1<br/>peers.org1<br/>peer0.org2<br/>peers.org2<br/>orderer0<br/>ca.org1<br/>ca.org2"]
      end
      subgraph b2["org1 Org1MSP<br/>channels: main"]
        n2["peer<br/>peer0<br/>LevelDB"]
        n3["chaincode<br/>asset-transfer 1.0"]
        n4["smoke test<br/>asset-transfer 1.0"]
        n5["CA<br/>ca"]
      end
      subgraph b3["org2 Org2MSP<br/>channels: main"]
        n6["peer<br/>peer0<br/>LevelDB"]
        n7["chaincode<br/>asset-transfer 1.0"]
        n8["CA<br/>ca"]
      end
      subgraph b4["orderer OrdererMSP"]
        n9["orderer<br/>orderer0"]
        n10["CA<br/>ca"]
      end
      subgraph b5["platform baas-platform"]
        n11["baas-controller"]
        n12["CA<br/>platform-ca"]
      end
      subgraph b6["Kubernetes API"]
        n13["any address"]
      end
      n0 -->|"TLS 30443"| n1
      n1 -->|"clients 7051, health 9443"| n2 & n6
      n1 -->|"enrol 7054"| n5 & n8
      n1 -->|"clients 7050, health 9443"| n9
      n2 <-->|"gossip, endorse 7051"| n6
      n2 -->|"chaincode 7052"| n3
      n2 & n3 & n4 -->|"enrol 7054"| n5
      n2 & n6 -->|"order 7050"| n9
      n4 -->|"transactions 7051"| n2 & n6
      n5 & n8 & n10 & n11 & n12 -->|"443, 6443"| n13
      n6 -->|"chaincode 7052"| n7
      n6 & n7 -->|"enrol 7054"| n8
      n9 -->|"enrol 7054"| n10
      n11 -->|"join, install 7051"| n2 & n6
      n11 -->|"check 7052"| n3 & n7
      n11 -->|"register 7054"| n5 & n8 & n10 & n12
      n11 -->|"configure 7050, participation 7053, operations 9443"| n9
    "
  `);
});
