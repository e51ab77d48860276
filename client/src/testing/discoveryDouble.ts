/** For tests: Fabric's discovery service, which says which peers of an organization are on a channel. */
import type * as grpc from "@grpc/grpc-js";
import { discovery, gossip } from "@hyperledger/fabric-protos";

/** A peer that knows others. */
export interface DiscoveringPeer {
  /** Addresses of the peers of Org1MSP; none for a peer that refuses to say. */
  known: string[] | undefined;
}

/** Answers queries of peers. */
export function serveDiscovery(
  double: DiscoveringPeer,
): grpc.handleUnaryCall<discovery.SignedRequest, discovery.Response> {
  return (_, answer) => {
    const result = new discovery.QueryResult();
    if (double.known === undefined) {
      const refusal = new discovery.Error();
      refusal.setContent("access denied");
      result.setError(refusal);
    } else {
      const peers = new discovery.Peers();
      peers.setPeersList(double.known.map(aliveAt));
      const members = new discovery.PeerMembershipResult();
      members.getPeersByOrgMap().set("Org1MSP", peers);
      members.getPeersByOrgMap().set("Org2MSP", new discovery.Peers());
      result.setMembers(members);
    }
    const response = new discovery.Response();
    response.setResultsList([result]);
    answer(null, response);
  };
}

function aliveAt(address: string): discovery.Peer {
  const member = new gossip.Member();
  member.setEndpoint(address);
  const alive = new gossip.AliveMessage();
  alive.setMembership(member);
  const message = new gossip.GossipMessage();
  message.setAliveMsg(alive);
  const envelope = new gossip.Envelope();
  envelope.setPayload(message.serializeBinary());
  const peer = new discovery.Peer();
  peer.setMembershipInfo(envelope);
  return peer;
}
