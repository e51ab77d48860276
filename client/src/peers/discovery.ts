/** Asks Fabric's discovery service for the peers of an organization. */
import type { ServiceError } from "@grpc/grpc-js";
import { discovery, gossip } from "@hyperledger/fabric-protos";

import { serializedIdentity, type Signer } from "../identity/identity.ts";
import { type CallLimits, callOptions, type Peer } from "./peer.ts";

/**
 * The addresses of the organization's peers that are alive and on a channel, as the organization publishes them.
 *
 * @param via - the peer to ask
 * @throws if the peer does not answer, or the identity may not ask
 */
export async function discoverPeers(via: Peer, channel: string, signer: Signer, limits: CallLimits): Promise<string[]> {
  const response = await ask(via, await signedRequest(channel, signer), limits);
  const [result] = response.getResultsList();
  const refused = result?.getError();
  if (result === undefined || refused) throw new Error(refused?.getContent() ?? "the discovery service said nothing");
  const peers = result.getMembers()?.getPeersByOrgMap().get(signer.mspId)?.getPeersList() ?? [];
  return peers
    .map(endpointOf)
    .filter((endpoint) => endpoint !== "")
    .sort();
}

function ask(via: Peer, request: discovery.SignedRequest, limits: CallLimits): Promise<discovery.Response> {
  const { method, serialize, deserialize } = discoverMethod;
  return new Promise((resolve, reject) => {
    via.client.makeUnaryRequest(
      method,
      serialize,
      deserialize,
      request,
      callOptions(limits),
      (error: ServiceError | null, answer?: discovery.Response) => (error ? reject(error) : resolve(answer!)),
    );
  });
}

/** Source: fabric-protos, discovery/protocol.proto. */
const discoverMethod = {
  method: "/discovery.Discovery/Discover",
  serialize: (request: discovery.SignedRequest): Buffer => Buffer.from(request.serializeBinary()),
  deserialize: (bytes: Buffer): discovery.Response => discovery.Response.deserializeBinary(bytes),
};

async function signedRequest(channel: string, signer: Signer): Promise<discovery.SignedRequest> {
  const authentication = new discovery.AuthInfo();
  authentication.setClientIdentity(serializedIdentity(signer));
  const query = new discovery.Query();
  query.setChannel(channel);
  query.setPeerQuery(new discovery.PeerMembershipQuery());
  const request = new discovery.Request();
  request.setAuthentication(authentication);
  request.setQueriesList([query]);
  const payload = request.serializeBinary();
  const signed = new discovery.SignedRequest();
  signed.setPayload(payload);
  signed.setSignature(await signer.sign(payload));
  return signed;
}

function endpointOf(peer: discovery.Peer): string {
  const message = gossip.GossipMessage.deserializeBinary(peer.getMembershipInfo()!.getPayload_asU8());
  return message.getAliveMsg()?.getMembership()?.getEndpoint() ?? "";
}
