import { mkdtempSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { TryAgain } from "../../common/failure";
import { reload } from "./haproxy";

let socket: string;
let server: Server | undefined;

/** Answers as a master that has these processes. */
async function master(answers: Record<string, () => string>): Promise<void> {
  server = createServer((connection) => {
    connection.on("data", (data) =>
      connection.end(answers[data.toString().replace(";quit\n", "")]?.() ?? "Unknown command"),
    );
  });
  await new Promise<void>((resolve) => server!.listen(socket, resolve));
}

const stop = () => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));

const processes = (reloads: number, failed: number, workers: string) =>
  `#<PID>          <type>          <reloads>       <uptime>        <version>
1               master          ${reloads} [failed: ${failed}]   0d00h00m03s     3.2.0
# workers
${workers}

`;
const newWorker = "30              worker          0               0d00h00m00s     3.2.0";
const oldWorker = "8               worker          1               0d00h00m03s     3.2.0";
const processesBefore = processes(0, 0, "8               worker          0               0d00h00m03s     3.2.0");

beforeEach(() => {
  socket = join(mkdtempSync(join(tmpdir(), "haproxy-")), "master.sock");
});

afterEach(stop);

// What 3.2.0 answers.
describe("a HAProxy that answers how a reload went", () => {
  let now: string;

  const answering = (answer: string, after: string) => {
    now = processesBefore;
    return master({
      "show proc": () => now,
      reload: () => {
        now = after;
        return answer;
      },
    });
  };

  it("has reloaded when there is a new worker", async () => {
    await answering(
      "Success=1\n--\n[NOTICE]   (1) : Loading success.\n",
      processes(1, 0, `${newWorker}\n# old workers\n${oldWorker}`),
    );
    await reload(socket);
  });

  it("has refused its files when it says so, and why", async () => {
    const answer = `Success=0
--
[NOTICE]   (30) : haproxy version is 3.2.0
[ALERT]    (30) : config : parsing [haproxy.cfg:11] : unknown keyword 'bogus' in 'frontend' section
[ALERT]    (30) : config : Fatal errors found in configuration.
[WARNING]  (1) : Failed to load worker!
`;
    await answering(answer, processes(1, 1, `# old workers\n${oldWorker}`));
    const refusal = reload(socket);
    await expect(refusal).rejects.toThrow(
      "HAProxy refuses its new files and goes on with the old ones: config : parsing [haproxy.cfg:11] : unknown keyword 'bogus' " +
        "in 'frontend' section; config : Fatal errors found in configuration. Correct the gateway's configuration or " +
        "certificate, which is then loaded by itself; the log of the haproxy container says what is wrong.",
    );
    await expect(refusal).rejects.not.toBeInstanceOf(TryAgain);
  });

  it("has to be asked again while it is starting", async () => {
    await answering("Success=0\n--\nAnother reload is still in progress.\n", processesBefore);
    await expect(reload(socket)).rejects.toBeInstanceOf(TryAgain);
  });
});

// What 2.6 does: it closes its sockets, and executes itself anew.
describe("a HAProxy that is gone while it reloads", () => {
  const goneFor = (milliseconds: number, after: string) =>
    master({
      "show proc": () => processesBefore,
      reload: () => {
        void stop().then(() => setTimeout(() => void master({ "show proc": () => after }), milliseconds));
        return "";
      },
    });

  it("has reloaded when it comes back with a new worker", async () => {
    await goneFor(300, processes(1, 0, `${newWorker}\n# old workers\n${oldWorker}`));
    await reload(socket);
  });

  it("has refused its files when it comes back with the old one", async () => {
    await goneFor(0, processes(1, 1, oldWorker));
    await expect(reload(socket)).rejects.toThrow(
      "HAProxy refuses its new files and goes on with the old ones. Correct",
    );
  });
});

it("a socket that is not there, or not a master's, is tried again", async () => {
  await expect(reload(socket)).rejects.toThrow(/master\.sock does not answer \(ENOENT\)/);
  await master({});
  await expect(reload(socket)).rejects.toThrow(/HAProxy answers "Unknown command" to `show proc`/);
  await expect(reload(socket)).rejects.toBeInstanceOf(TryAgain);
});
