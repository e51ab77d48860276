/** Asks the Prometheus of a platform. No pod may connect to it, so kubectl forwards a port to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:https";

import { tryRun } from "../../local-cluster/run";
import { baas } from "../../model/baasCommand";
import { kafkaCaName, rootKeyOf } from "../../model/contracts/certificateAuthority";
import { prometheusName } from "../../model/contracts/monitoring";
import { rootsConfigMapName } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { monitoringPorts } from "../../model/contracts/ports";
import { UserError } from "../../model/userError";
import { environmentOf, type KubectlTarget } from "../engine/cluster/kubectl";

/** A sample of an instant query. */
export interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

/** Where a Prometheus is. */
export interface PrometheusTarget {
  cluster: KubectlTarget;
  /** Namespace of the platform. */
  namespace: string;
  /** Name of the platform's stack, for messages. */
  stack: string;
}

const answerTimeout = 15_000;
const pod = `${prometheusName}-0`;

/** A forwarded port of a Prometheus. */
export class PrometheusConnection {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly root: string,
    private readonly namespace: string,
  ) {}

  /** @throws {@link UserError} when the cluster does not answer, or has no Prometheus */
  static async open(target: PrometheusTarget): Promise<PrometheusConnection> {
    const root = await readRoot(target);
    const { child, port } = await forward(target);
    return new PrometheusConnection(child, port, root, target.namespace);
  }

  /** @throws {@link UserError} when Prometheus does not answer */
  async query(expression: string): Promise<Sample[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = await this.read(path).catch((error: Error) => {
      throw new UserError(
        `Prometheus in namespace ${this.namespace} does not answer: ${error.message}\n` +
          `  -> Look at its log: kubectl --namespace ${this.namespace} logs ${pod}`,
      );
    });
    return answer.result;
  }

  /** Stops forwarding. */
  close(): void {
    this.child.kill();
  }

  private async read(path: string): Promise<{ result: Sample[] }> {
    const { port, root: ca } = this;
    const signal = AbortSignal.timeout(answerTimeout);
    const call = get({ host: "127.0.0.1", port, servername: "localhost", path, ca, agent: false, signal });
    const [response] = await once(call, "response");
    const text = (await response.setEncoding("utf8").toArray()).join("");
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text.trim().slice(0, 500)}`);
    return JSON.parse(text).data;
  }
}

const argsOf = ({ cluster, namespace }: PrometheusTarget): string[] => [
  `--context=${cluster.context}`,
  `--namespace=${namespace}`,
];

/** The root of the certificate of Prometheus. */
async function readRoot(target: PrometheusTarget): Promise<string> {
  const { cluster, stack } = target;
  const name = rootsConfigMapName(platformCaName);
  const args = [...argsOf(target), "get", "configmap", name, "--output=json", "--request-timeout=15s"];
  const { code, stdout, stderr } = await tryRun(cluster.kubectl, args, { env: environmentOf(cluster) });
  if (code !== 0) throw failed(target, stderr);
  const root = JSON.parse(stdout).data?.[rootKeyOf(kafkaCaName)];
  if (typeof root === "string") return root;
  throw new UserError(
    `the CA of platform ${stack} has no root yet\n  -> Wait until it is ready: ${baas(`apply ${stack}`)}`,
  );
}

/** Has kubectl forward a free port of this machine. */
async function forward(target: PrometheusTarget): Promise<{ child: ChildProcess; port: number }> {
  const { cluster } = target;
  const args = [
    ...argsOf(target),
    "port-forward",
    "--address=127.0.0.1",
    `pod/${pod}`,
    `:${monitoringPorts.prometheus}`,
  ];
  const env = { ...process.env, ...environmentOf(cluster) };
  const child = spawn(cluster.kubectl, args, { stdio: ["ignore", "pipe", "pipe"], env });
  process.once("exit", () => child.kill());
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const port = await new Promise<number | undefined>((resolve, reject) => {
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const found = /127\.0\.0\.1:(\d+) ->/.exec(printed);
      if (found !== null) resolve(Number(found[1]));
    });
    child.once("close", () => resolve(undefined));
    child.once("error", reject);
  });
  if (port === undefined) throw failed(target, errors);
  return { child, port };
}

function failed({ cluster, namespace, stack }: PrometheusTarget, stderr: string): UserError {
  const reason = stderr.trim().split("\n").at(-1) ?? "";
  if (reason.includes("(NotFound)"))
    return new UserError(
      `the platform in namespace ${namespace} of context "${cluster.context}" has no Prometheus: ${reason}\n` +
        `  -> Apply it: ${baas(`apply ${stack}`)}`,
    );
  return new UserError(
    `Prometheus in namespace ${namespace} of context "${cluster.context}" (${cluster.server}) cannot be reached: ${reason}`,
  );
}
