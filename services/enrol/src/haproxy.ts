/** Reloads HAProxy by its master socket. */
import { connect } from "node:net";

import { Failure, messageOf, TryAgain } from "../../common/failure";
import { waitFor } from "./waiting";

/** How long HAProxy may take to read its files. In milliseconds. */
const reloadTimeout = 60_000;

/**
 * Has HAProxy read its files again, by its master's socket (`-W -S`): a new worker takes over the listening sockets, and the
 * old one serves the connections that it has until they end.
 *
 * @throws {@link TryAgain} when HAProxy does not answer, or is starting
 * @throws {@link Failure} when it refuses its files, and keeps the old ones
 */
export async function reload(socket: string): Promise<void> {
  const before = await processes(socket);
  const answer = await ask(socket, "reload");
  if (answer.includes("Another reload is still in progress")) {
    throw new TryAgain("HAProxy is reading its files already", "See the log of the haproxy container");
  }
  // Since 2.7 the answer has the result. Older versions close the connection and the socket until they have read the files.
  if (answer !== "" && !answer.startsWith("Success=1")) throw refusal(answer);
  const after = await waitFor(
    async () => {
      const now = await processes(socket);
      if (now.reloads <= before.reloads) throw new TryAgain("HAProxy did not reload", "See the log of its container");
      return now;
    },
    { what: "HAProxy", log: () => {}, timeout: reloadTimeout, shortest: 50 },
  );
  if (!after.hasNewWorker) throw refusal(answer);
}

function refusal(answer: string): Failure {
  const alerts = [...answer.matchAll(/^\[ALERT\]\s+\(\d+\) : (.*?)\.?$/gm)].map(([, alert]) => alert);
  const said = alerts.join("; ") || answer.replace(/^Success=0\s+(--)?/, "");
  return new Failure(
    `HAProxy refuses its new files and goes on with the old ones${said ? `: ${said}` : ""}`,
    "Correct the gateway's configuration or certificate, which is then loaded by itself; the log of the haproxy container " +
      "says what is wrong",
  );
}

/** The processes that the master lists. */
interface Processes {
  /** Number of reloads so far. */
  reloads: number;
  /** Whether a worker has started since the last reload. */
  hasNewWorker: boolean;
}

async function processes(socket: string): Promise<Processes> {
  const answer = await ask(socket, "show proc");
  // <PID> <type> <reloads> <uptime> <version>; a worker's reloads are those that it has survived.
  const reloads = /^\d+\s+master\s+(\d+)/m.exec(answer)?.[1];
  if (reloads === undefined) {
    throw new TryAgain(
      `HAProxy answers "${answer}" to \`show proc\` at ${socket}`,
      "See whether that is the socket of its option -S",
    );
  }
  return { reloads: Number(reloads), hasNewWorker: /^\d+\s+worker\s+0\s/m.test(answer) };
}

/** What the master answers to a command, until it closes the connection. */
function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    // Without `quit` the connection would stay. Ending our side instead makes some versions cut their answer short.
    const connection = connect(socket, () => connection.write(`${command};quit\n`));
    connection.setEncoding("utf8").on("data", (text: string) => (answer += text));
    connection.setTimeout(reloadTimeout, () => connection.destroy(new Error("no answer in time")));
    connection.on("error", (error: NodeJS.ErrnoException) => {
      // A master that re-executes itself may cut the connection.
      if (error.code === "ECONNRESET" || error.code === "EPIPE") return;
      reject(
        new TryAgain(
          `HAProxy's master socket ${socket} does not answer (${error.code ?? messageOf(error)})`,
          "See whether the haproxy container runs, with that socket as its option -S, and as the user of this one",
        ),
      );
    });
    connection.on("close", () => resolve(answer.trim()));
  });
}
