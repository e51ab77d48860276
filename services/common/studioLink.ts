/** The connections between the gate of a studio's session and the session: TLS with a key that both have, and no certificate. */
import { createHash } from "node:crypto";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";

import {
  studioLinkIdentity,
  type StudioLinkProtocol,
  studioLinkProtocols,
  studioLinkTls,
} from "../../model/contracts/studio";

/**
 * The key of a link.
 *
 * @param secret - random text that both sides have
 */
export function linkKey(secret: string): Buffer {
  return createHash("sha256").update(secret.trim()).digest();
}

/** Where a link leads. */
export interface LinkTarget {
  host: string;
  port: number;
  key: Buffer;
}

/** Opens a connection of a link. */
export function connectLink({ host, port, key }: LinkTarget, protocol: StudioLinkProtocol): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...studioLinkTls,
      ...{ host, port, ALPNProtocols: [protocol] },
      pskCallback: () => ({ psk: key, identity: studioLinkIdentity }),
      // There is no certificate: whoever has the key is the session.
      checkServerIdentity: () => undefined,
      timeout: 10_000,
    });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.on("timeout", () => fail(new Error("the session does not answer")));
    socket.on("error", fail);
    socket.on("secureConnect", () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

/**
 * A server of links.
 *
 * @param take - takes a connection
 */
export function linkServer(key: () => Buffer, take: (socket: TLSSocket, protocol: StudioLinkProtocol) => void): Server {
  const server = createServer(
    {
      ...studioLinkTls,
      ALPNProtocols: [...studioLinkProtocols],
      pskCallback: (_socket, identity) => (identity === studioLinkIdentity ? key() : null),
    },
    (socket) => {
      socket.on("error", () => socket.destroy());
      const protocol = studioLinkProtocols.find((each) => each === socket.alpnProtocol);
      if (protocol === undefined) socket.destroy();
      else take(socket, protocol);
    },
  );
  return server;
}
