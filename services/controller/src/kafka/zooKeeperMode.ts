/** Asks a ZooKeeper which part it has among the others. */
import { connect, type SecureContextOptions } from "node:tls";

/** A ZooKeeper's part: `leader`, `follower`, `observer`, `standalone`. */
export type ZooKeeperMode = string;

/** Whether a ZooKeeper leads the others, or is the only one. */
export function isLeading(mode: ZooKeeperMode | undefined): boolean {
  return mode === "leader" || mode === "standalone";
}

/** A ZooKeeper, and who asks it. */
export interface AskedZooKeeper {
  host: string;
  port: number;
  tls: Pick<SecureContextOptions, "ca" | "cert" | "key">;
  /** Milliseconds that it may take to answer. */
  timeout: number;
}

/**
 * Asks with the command `srvr`, which ZooKeeper answers on the port of its clients. A follower serves once it has all that the leader
 * has.
 *
 * Source: Apache ZooKeeper 3.8, Administrator's Guide, "The Four Letter Words".
 *
 * @returns undefined while it does not serve
 * @throws Error when it does not answer
 */
export function zooKeeperMode({ host, port, tls, timeout }: AskedZooKeeper): Promise<ZooKeeperMode | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host, port, servername: host, ...tls }, () => socket.write("srvr"));
    socket.setTimeout(timeout, () => socket.destroy(new Error(`no answer within ${timeout} ms`)));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject);
    // It closes the connection after its answer.
    socket.on("close", () => {
      const answer = Buffer.concat(chunks).toString("utf8");
      if (answer === "") reject(new Error("it has closed the connection without an answer"));
      resolve(/^Mode: (\w+)$/m.exec(answer)?.[1]);
    });
  });
}
