/** Queries a peer's discovery service for the nodes of a channel, and tries each returned address. */
import { connect } from "node:tls";

import { type ChannelCredentials, type ServiceError } from "@grpc/grpc-js";
import { discovery, gossip, msp } from "@hyperledger/fabric-protos";

import type { Signer } from "../../../fabric/src/signer";

/** An address from discovery. */
export interface DiscoveredNode {
  kind: "peer" | "orderer";
  /** Host and port. */
  address: string;
  /** Common name of the certificate at the address, or the error. */
  answers: string;
}

/**
 * Queries all peers and orderers of a channel.
 *
 * @param address - of the peer to query
 */
export async function discover(
  channel: string,
  address: string,
  credentials: ChannelCredentials,
  signer: Signer,
): Promise<DiscoveredNode[]> {
  const client = new discovery.DiscoveryClient(address, credentials);
  const request = await signedRequest(channel, signer);
  const response = await new Promise<discovery.Response>((resolve, reject) =>
    client.discover(request, { deadline: Date.now() + 10_000 }, (error: ServiceError | null, answer) =>
      error ? reject(error) : resolve(answer!),
    ),
  ).finally(() => client.close());
  const [members, config] = response.getResultsList();
  const peers = values(members!.getMembers()!.getPeersByOrgMap()).flatMap((of) => of.getPeersList().map(endpoint));
  const result = config!.getConfigResult()!;
  const roots = values(result.getMspsMap()).flatMap((msp) =>
    msp.getTlsRootCertsList_asU8().map((pem) => Buffer.from(pem)),
  );
  const orderers = values(result.getOrderersMap()).flatMap((of) =>
    of.getEndpointList().map((one) => `${one.getHost()}:${one.getPort()}`),
  );
  const found = [
    ...peers.map((address) => ({ kind: "peer" as const, address })),
    ...orderers.map((address) => ({ kind: "orderer" as const, address })),
  ];
  return Promise.all(found.map(async (one) => ({ ...one, answers: await answering(one.address, roots) })));
}

async function signedRequest(channel: string, signer: Signer): Promise<discovery.SignedRequest> {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(signer.mspId);
  identity.setIdBytes(Buffer.from(signer.certificate));
  const authentication = new discovery.AuthInfo();
  authentication.setClientIdentity(identity.serializeBinary());
  const peers = new discovery.Query();
  peers.setChannel(channel);
  peers.setPeerQuery(new discovery.PeerMembershipQuery());
  const config = new discovery.Query();
  config.setChannel(channel);
  config.setConfigQuery(new discovery.ConfigQuery());
  const request = new discovery.Request();
  request.setAuthentication(authentication);
  request.setQueriesList([peers, config]);
  const payload = request.serializeBinary();
  const signed = new discovery.SignedRequest();
  signed.setPayload(payload);
  signed.setSignature(await signer.sign(payload));
  return signed;
}

function endpoint(peer: discovery.Peer): string {
  const message = gossip.GossipMessage.deserializeBinary(peer.getMembershipInfo()!.getPayload_asU8());
  return message.getAliveMsg()!.getMembership()!.getEndpoint();
}

function values<V>(map: { forEach(use: (value: V) => void): void }): V[] {
  const all: V[] = [];
  map.forEach((value) => all.push(value));
  return all;
}

/** The common name of the certificate at an address; the certificate must be valid for the address's name. */
function answering(address: string, ca: Buffer[]): Promise<string> {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect({ host: host!, port: Number(port), servername: host!, ca, timeout: 5000 });
    const end = (result: string): void => {
      socket.destroy();
      resolve(result);
    };
    socket.on("secureConnect", () => end(String(socket.getPeerX509Certificate()?.subject.replace(/^.*CN=/s, ""))));
    socket.on("error", (error) => end(error.message));
    socket.on("timeout", () => end("no answer"));
  });
}
