/** Names the purpose of connections. */
import { ethereumPorts } from "../../model/contracts/ethereum";
import { jsonRpcPorts } from "../../model/contracts/jsonRpc";
import { kafkaPort, kafkaServerPorts, ports } from "../../model/contracts/ports";
import type { ContainerPort } from "./reachability";

/** A kind of traffic. Each kind has its own colour. */
export type Traffic = "outside" | "gossip" | "order" | "chaincode" | "enrol" | "client" | "control" | "other";

interface TrafficRule {
  from: string;
  to: string;
  port: number;
  purpose: string;
  traffic: Traffic;
}

const peer = "peer";
const orderer = "orderer";
const broker = "kafka";
const ca = "certificate-authority";
const api = "api";
const filter = "json-rpc";
const gate = "studio-gate";
const session = "studio-session";

// The first entry that matches applies; "*" is any role.
const trafficRules: TrafficRule[] = [
  { from: "outside", to: "*", port: 0, purpose: "TLS", traffic: "outside" },
  { from: "gateway", to: ca, port: ports.certificateAuthority, purpose: "enrol", traffic: "outside" },
  { from: "gateway", to: peer, port: ports.peer, purpose: "clients", traffic: "outside" },
  { from: "gateway", to: orderer, port: ports.orderer, purpose: "clients", traffic: "outside" },
  { from: "gateway", to: api, port: ports.api, purpose: "calls", traffic: "outside" },
  { from: "gateway", to: "*", port: ports.operations, purpose: "health", traffic: "outside" },
  { from: "controller", to: ca, port: ports.certificateAuthority, purpose: "register", traffic: "control" },
  { from: "controller", to: peer, port: ports.peer, purpose: "join, install", traffic: "control" },
  { from: "controller", to: orderer, port: ports.orderer, purpose: "configure", traffic: "control" },
  { from: "controller", to: orderer, port: ports.ordererAdmin, purpose: "participation", traffic: "control" },
  { from: "controller", to: "chaincode", port: ports.chaincode, purpose: "check", traffic: "control" },
  { from: "*", to: ca, port: ports.certificateAuthority, purpose: "enrol", traffic: "enrol" },
  { from: peer, to: peer, port: ports.peer, purpose: "gossip, endorse", traffic: "gossip" },
  { from: peer, to: orderer, port: ports.orderer, purpose: "order", traffic: "order" },
  { from: orderer, to: orderer, port: ports.orderer, purpose: "Raft", traffic: "order" },
  { from: orderer, to: broker, port: kafkaPort, purpose: "order", traffic: "order" },
  { from: broker, to: broker, port: kafkaPort, purpose: "replicate", traffic: "order" },
  { from: "controller", to: broker, port: kafkaPort, purpose: "topics", traffic: "control" },
  { from: "controller", to: "zookeeper", port: kafkaServerPorts.zooKeeper, purpose: "state", traffic: "control" },
  { from: broker, to: "zookeeper", port: kafkaServerPorts.zooKeeper, purpose: "coordinate", traffic: "other" },
  { from: peer, to: "chaincode", port: ports.chaincode, purpose: "chaincode", traffic: "chaincode" },
  { from: "client", to: peer, port: ports.peer, purpose: "transactions", traffic: "client" },
  { from: "gateway", to: peer, port: ports.debugRelay, purpose: "debugging", traffic: "outside" },
  { from: "gateway", to: gate, port: ports.studioGate, purpose: "editor", traffic: "outside" },
  { from: gate, to: session, port: ports.studioLink, purpose: "editor, chaincode", traffic: "chaincode" },
  { from: gate, to: peer, port: ports.debugRelay, purpose: "debugging", traffic: "chaincode" },
  { from: gate, to: peer, port: ports.peer, purpose: "transactions", traffic: "client" },
  { from: api, to: peer, port: ports.peer, purpose: "transactions", traffic: "client" },
  { from: "gateway", to: filter, port: jsonRpcPorts.rpc, purpose: "calls", traffic: "outside" },
  { from: filter, to: "*", port: ethereumPorts.rpc, purpose: "JSON-RPC", traffic: "client" },
  { from: filter, to: "*", port: ethereumPorts.webSocket, purpose: "WebSockets", traffic: "client" },
  { from: "client", to: "*", port: ethereumPorts.rpc, purpose: "JSON-RPC", traffic: "client" },
  { from: "controller", to: "*", port: ethereumPorts.rpc, purpose: "votes", traffic: "control" },
  { from: "*", to: "*", port: ethereumPorts.p2p, purpose: "blocks, transactions", traffic: "gossip" },
];

/** The kind of a connection between pods of two roles; for an unknown one, the name of the port. */
export function purposeFor(
  from: string,
  to: string,
  { port, name }: ContainerPort,
): { purpose: string; traffic: Traffic } {
  const fits = (pattern: string, role: string): boolean => pattern === "*" || pattern === role;
  const found = trafficRules.find(
    (rule) => fits(rule.from, from) && fits(rule.to, to) && (rule.port === 0 || rule.port === port),
  );
  return found === undefined
    ? { purpose: name ?? "", traffic: "other" }
    : { purpose: found.purpose, traffic: found.traffic };
}

/** The purpose of a connection to any address. */
export function purposeElsewhere(from: string, port: number | undefined): string {
  if (from === gate) return "sign-in, branches";
  if (from !== api) return "";
  return port === 443 ? "tokens" : "database";
}

/** The name of a role. */
export function roleTitle(role: string, count: number): string | undefined {
  const known: Record<string, [one: string, several: string]> = {
    [ca]: ["CA", "CAs"],
    peer: ["peer", "peers"],
    orderer: ["orderer", "orderers"],
    chaincode: ["chaincode", "chaincode"],
    gateway: ["gateway", "gateways"],
    [api]: ["API server", "API servers"],
    [broker]: ["broker", "brokers"],
    zookeeper: ["ZooKeeper", "ZooKeepers"],
    validator: ["validator", "validators"],
    bootnode: ["bootnode", "bootnodes"],
    "rpc-node": ["RPC node", "RPC nodes"],
    [filter]: ["JSON-RPC filter", "JSON-RPC filters"],
    client: ["smoke test", "smoke tests"],
    [gate]: ["studio gate", "studio gates"],
    [session]: ["studio session", "studio sessions"],
    prometheus: ["Prometheus", "Prometheus"],
    alertmanager: ["Alertmanager", "Alertmanagers"],
    grafana: ["Grafana", "Grafana"],
    "kube-state-metrics": ["kube-state-metrics", "kube-state-metrics"],
    "node-exporter": ["node-exporter", "node-exporters"],
  };
  return known[role]?.[count === 1 ? 0 : 1];
}
