/** Calls one node over HTTP. */
import { Agent, request } from "node:http";

/** Longest wait for an answer, and for a connection, in milliseconds. */
const answerTime = 30_000;
const connectTime = 3000;

/** Bytes that an answer may have. */
const answerBytes = 25 * 1024 * 1024;

/** Besu takes 80 connections at a time, from all pods. */
const connections = 32;

/** A node that did not answer. */
export class NodeFailure extends Error {
  override name = "NodeFailure";

  constructor(
    message: string,
    /** Whether the node cannot have got the call. */
    readonly isUnsent: boolean,
  ) {
    super(message);
  }
}

/** Connections to a node. */
export class NodeClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: answerTime });
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
  post(body: string, milliseconds = answerTime): Promise<string> {
    return new Promise((resolve, reject) => {
      let isUnsent = true;
      const fail = (error: Error): void => reject(new NodeFailure(error.message, isUnsent));
      const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
      const { agent, host, port } = this;
      const sent = request(
        { method: "POST", path: "/", agent, host, port, headers, timeout: milliseconds },
        (answer) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          answer.on("data", (part: Buffer) => {
            parts.push(part);
            bytes += part.length;
            if (bytes > answerBytes) answer.destroy(new Error(`the answer has more than ${answerBytes} bytes`));
          });
          answer.on("error", fail);
          answer.on("aborted", () => fail(new Error("the answer was cut off")));
          answer.on("end", () => {
            const text = Buffer.concat(parts).toString();
            if (answer.statusCode === 200) resolve(text);
            else fail(new Error(`it answers with status ${answer.statusCode}`));
          });
        },
      );
      const tooLate = setTimeout(() => sent.destroy(new Error("it does not answer in time")), milliseconds);
      const notThere = setTimeout(() => isUnsent && sent.destroy(new Error("it cannot be reached")), connectTime);
      const mayHaveGot = (): void => void ((isUnsent = false), clearTimeout(notThere));
      sent.on("socket", (socket) => (socket.connecting ? socket.once("connect", mayHaveGot) : mayHaveGot()));
      sent.on("close", () => [tooLate, notThere].forEach(clearTimeout));
      sent.on("error", fail);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
