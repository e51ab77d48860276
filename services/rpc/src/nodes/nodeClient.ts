/** Calls one node over HTTP. */
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";

/** Longest wait for an answer, and for a connection, in milliseconds. */
const answerTime = 30_000;
const connectTime = 3000;

/** Bytes that an answer may have. */
const answerBytes = 10 * 1024 * 1024;

/** Besu takes 80 connections at a time, from all pods. */
const connections = 32;

/** What is known of a call that was not answered. */
interface Circumstances {
  /** The node cannot have got it. */
  isUnsent: boolean;
  /** The node cannot be reached. */
  isAway?: boolean;
  /** The answer was there, and too large to be handed on. */
  isTooLarge?: boolean;
}

/** A node that did not answer. */
export class NodeFailure extends Error {
  override name = "NodeFailure";

  constructor(
    message: string,
    readonly circumstances: Circumstances,
  ) {
    super(message);
  }
}

/** Connections to a node. */
export class NodeClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: answerTime });
  /** For looks at the node, which do not wait for other calls. */
  private readonly looking = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly host: string;
  private readonly port: number;

  /** @param address - host and port */
  constructor(address: string) {
    const colon = address.lastIndexOf(":");
    this.host = address.slice(0, colon);
    this.port = Number(address.slice(colon + 1));
  }

  /**
   * Sends a call, or a batch of them.
   *
   * @throws {@link NodeFailure} when there is no answer
   */
  post(body: string): Promise<string> {
    return this.exchange(body, this.agent, answerTime);
  }

  /**
   * Sends a call that says whether the node serves.
   *
   * @throws {@link NodeFailure} when there is no answer in time
   */
  look(body: string, milliseconds: number): Promise<string> {
    return this.exchange(body, this.looking, milliseconds);
  }

  close(): void {
    this.agent.destroy();
    this.looking.destroy();
  }

  private exchange(body: string, agent: Agent, milliseconds: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const known: Circumstances = { isUnsent: true };
      const fail = (error: Error): void => reject(new NodeFailure(error.message, { ...known }));
      const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
      const { host, port } = this;
      const sent = request({ method: "POST", path: "/", agent, host, port, headers }, (answer) => {
        read(answer, known).then(resolve, fail);
      });
      followConnection(sent, known);
      const tooLate = setTimeout(() => sent.destroy(new Error("it does not answer in time")), milliseconds);
      sent.on("close", () => clearTimeout(tooLate));
      sent.on("error", fail);
      sent.end(body);
    });
  }
}

/** Notes what becomes of the connection. A call may wait for one, without the node being away. */
function followConnection(sent: ClientRequest, known: Circumstances): void {
  sent.on("socket", (socket) => {
    if (!socket.connecting) return void (known.isUnsent = false);
    known.isAway = true;
    const notThere = setTimeout(() => sent.destroy(new Error("it cannot be reached")), connectTime);
    sent.once("close", () => clearTimeout(notThere));
    socket.once("connect", () => {
      clearTimeout(notThere);
      Object.assign(known, { isUnsent: false, isAway: false });
    });
  });
}

async function read(answer: IncomingMessage, known: Circumstances): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes <= answerBytes) continue;
    known.isTooLarge = true;
    throw new Error(`the answer has more than ${answerBytes / 1024 ** 2} MiB`);
  }
  if (answer.statusCode !== 200) throw new Error(`it answers with status ${answer.statusCode}`);
  return Buffer.concat(parts).toString();
}
