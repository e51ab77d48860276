/** What connections are for, in the words of their protocols. */
import { ports } from "../../model/network/plan";
import type { ContainerPort } from "./reachability";

/** A kind of traffic; each has its colour. */
export type Traffic = "outside" | "gossip" | "order" | "chaincode" | "enrol" | "client" | "control" | "other";

interface Word {
  from: string;
  to: string;
  port: number;
  word: string;
  traffic: Traffic;
}

const peer = "peer";
const orderer = "orderer";
const certificateAuthority = "certificate-authority";

// The first one that fits; "*" is any role.
const words: Word[] = [
  { from: "outside", to: "*", port: 0, word: "TLS", traffic: "outside" },
  { from: "gateway", to: certificateAuthority, port: ports.certificateAuthority, word: "enrol", traffic: "outside" },
  { from: "gateway", to: peer, port: ports.peer, word: "clients", traffic: "outside" },
  { from: "gateway", to: orderer, port: ports.orderer, word: "clients", traffic: "outside" },
  { from: "gateway", to: "*", port: ports.operations, word: "health", traffic: "outside" },
  {
    from: "controller",
    to: certificateAuthority,
    port: ports.certificateAuthority,
    word: "register",
    traffic: "control",
  },
  { from: "controller", to: peer, port: ports.peer, word: "join, install", traffic: "control" },
  { from: "controller", to: orderer, port: ports.orderer, word: "configure", traffic: "control" },
  { from: "controller", to: orderer, port: ports.ordererAdmin, word: "participation", traffic: "control" },
  { from: "*", to: certificateAuthority, port: ports.certificateAuthority, word: "enrol", traffic: "enrol" },
  { from: peer, to: peer, port: ports.peer, word: "gossip, endorse", traffic: "gossip" },
  { from: peer, to: orderer, port: ports.orderer, word: "order", traffic: "order" },
  { from: orderer, to: orderer, port: ports.orderer, word: "Raft", traffic: "order" },
  { from: peer, to: "chaincode", port: ports.chaincode, word: "chaincode", traffic: "chaincode" },
  { from: "client", to: peer, port: ports.peer, word: "transactions", traffic: "client" },
];

/** What a connection between pods of two roles is for; for what nobody foresaw, the name of the port. */
export function wordFor(from: string, to: string, { port, name }: ContainerPort): { word: string; traffic: Traffic } {
  const is = (pattern: string, role: string): boolean => pattern === "*" || pattern === role;
  const found = words.find((word) => is(word.from, from) && is(word.to, to) && (word.port === 0 || word.port === port));
  return found === undefined ? { word: name ?? "", traffic: "other" } : { word: found.word, traffic: found.traffic };
}

/** What a role of Fabric is called. */
export function roleTitle(role: string, count: number): string | undefined {
  const known: Record<string, [one: string, several: string]> = {
    [certificateAuthority]: ["CA", "CAs"],
    peer: ["peer", "peers"],
    orderer: ["orderer", "orderers"],
    chaincode: ["chaincode", "chaincode"],
    gateway: ["gateway", "gateways"],
    client: ["smoke test", "smoke tests"],
  };
  return known[role]?.[count === 1 ? 0 : 1];
}
