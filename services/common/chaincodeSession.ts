/** The developer's end of a session: a connection to the relay of a debug peer, on which this program answers as a chaincode server. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from "node:http2";
import { request } from "node:https";
import type { Socket } from "node:net";

import { sessionPath, sessionProtocol } from "../../model/contracts/debugging";
import { Failure } from "./failure";

/** Where a session is opened, and by whom. */
export interface SessionTarget {
  /** Address of the network's gateway, or of the relay itself. */
  address: string;
  port: number;
  /** Name of the relay. */
  host: string;
  /** Root (PEM) of its certificate. */
  tlsRoot: string;
  /** Certificate and key (PEM) of a client of the organization. */
  certificate: string;
  privateKey: string;
  /** Name of the chaincode server that this program stands for. */
  server: string;
}

/** Answers a call of the peer. */
export type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** An open session. */
export interface OpenSession {
  /** Resolves when the session is over. */
  ended: Promise<void>;
  close(): void;
}

/** The relay asks every 20 seconds whether this side lives; no question for so long, in milliseconds, means that the way there is lost. */
const usualSilence = 60_000;

/**
 * Opens a session.
 *
 * @param silence - longest time without a word of the relay, in milliseconds
 * @throws {@link Failure} with the relay's reason, if it refuses
 */
export async function openSession(target: SessionTarget, answer: Answer, silence = usualSilence): Promise<OpenSession> {
  const { socket, head } = await upgraded(target);
  socket.setTimeout(0);
  socket.on("error", () => socket.destroy());
  if (head.length > 0) socket.unshift(head);
  const connection = performServerHandshake(socket);
  connection.on("stream", answer);
  connection.on("error", () => socket.destroy());
  // The socket's own timer knows nothing of what HTTP/2 reads.
  const lost = setTimeout(() => socket.destroy(), silence);
  connection.on("ping", () => lost.refresh());
  socket.on("close", () => clearTimeout(lost));
  const ended = once(socket, "close").then(() => undefined);
  const close = (): void => {
    connection.destroy();
    socket.destroySoon();
  };
  return { ended, close };
}

function upgraded({ address, port, host, tlsRoot, certificate, privateKey, server }: SessionTarget) {
  return new Promise<{ socket: Socket; head: Buffer }>((resolve, reject) => {
    const asked = request({
      ...{ host: address, port, servername: host, ca: tlsRoot, cert: certificate, key: privateKey },
      path: `${sessionPath}${encodeURIComponent(server)}`,
      headers: { host, connection: "Upgrade", upgrade: sessionProtocol },
      agent: false,
      timeout: 10_000,
    });
    asked.on("upgrade", (_answer, socket, head) => resolve({ socket: socket as Socket, head }));
    asked.on("response", (answer) => void refusal(answer).then(reject, reject));
    asked.on("timeout", () => asked.destroy(new Error("no answer within 10 s")));
    asked.on("error", reject);
    asked.end();
  });
}

async function refusal(answer: IncomingMessage): Promise<Failure> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return new Failure(`the relay refuses the session: ${Buffer.concat(chunks).toString().trim().slice(0, 500)}`);
}
