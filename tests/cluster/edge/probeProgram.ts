/** Tests which addresses are reachable from where it runs: see remoteProbe.ts. */
import { request } from "node:https";
import { connect } from "node:net";

/** An address to try. */
export interface Target {
  /** Its name in results. */
  name: string;
  host: string;
  port: number;
}

/** The task; the variable PROBE. */
export type ProbeTask =
  | { command: "reach"; targets: readonly Target[] }
  | { command: "ask"; host: string; port: number; path: string; servername: string; key?: string; cert?: string };

function reaches({ host, port }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.on("connect", () => end(true)).on("error", () => end(false));
    socket.on("timeout", () => end(false));
  });
}

const task = JSON.parse(process.env.PROBE!) as ProbeTask;
const print = (value: unknown) => process.stdout.write(JSON.stringify(value), () => process.exit(0));

if (task.command === "reach") {
  void Promise.all(task.targets.map(reaches)).then((reached) =>
    print(task.targets.filter((_target, n) => reached[n]).map(({ name }) => name)),
  );
} else {
  const { command: _command, ...where } = task;
  const asked = request({ ...where, rejectUnauthorized: false }, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (text) => (body += text));
    response.on("end", () => print({ status: response.statusCode, body }));
  });
  asked.on("error", (error) => print({ status: 0, body: error.message })).end();
}
