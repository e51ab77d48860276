/** The controller's connections to orderers and peers. */
import { ChannelParticipation, Orderer, Peer } from "@baas/fabric";

import type { ChannelConsenter } from "../../../model/customResources/channel";
import type { Administrator } from "./administrators";
import type { NodeAddress } from "./resources";

/** Longest wait for one answer of a node, in milliseconds; peers take some time to install chaincode. */
const answerTimeout = 15_000;

/** Connections to nodes, opened for one reconciliation and closed together. */
export class Connections {
  private readonly open: { close(): void }[] = [];

  /** Runs a function with connections, and closes them. */
  static async during<T>(work: (connections: Connections) => Promise<T>): Promise<T> {
    const connections = new Connections();
    try {
      return await work(connections);
    } finally {
      for (const connection of connections.open) connection.close();
    }
  }

  /** A connection to an orderer, as its organization's administrator. */
  orderer({ name, address }: NodeAddress, administrator: Administrator): Orderer {
    return this.keep(new Orderer(endpoint(name, address, administrator), administrator.signer));
  }

  /** The channel participation API of an orderer. */
  participation(
    { name, adminAddress }: Pick<ChannelConsenter, "name" | "adminAddress">,
    administrator: Administrator,
  ): ChannelParticipation {
    return this.keep(
      new ChannelParticipation({
        ...endpoint(name, adminAddress, administrator),
        clientCertificate: administrator.tls.certificate,
        clientKey: administrator.tls.key,
      }),
    );
  }

  /** A connection to a peer, as its organization's administrator. */
  peer({ name, address }: NodeAddress, administrator: Administrator): Peer {
    return this.keep(new Peer(endpoint(name, address, administrator), administrator.signer));
  }

  private keep<T extends { close(): void }>(connection: T): T {
    this.open.push(connection);
    return connection;
  }
}

function endpoint(name: string, address: string, { organization, tlsRoot }: Administrator) {
  return {
    name,
    organization: organization.name,
    address,
    tlsRootCertificates: tlsRoot,
    timeoutMs: answerTimeout,
  };
}
