/** The program: serves metrics and health, waits to be leader, then reconciles until it is stopped. */
import { hostname } from "node:os";

import { KubeConfig } from "@kubernetes/client-node";

import { controllerVariables } from "../../../model/contracts/controller";
import { controllerName } from "../../../model/contracts/names";
import { controllerPorts } from "../../../model/contracts/ports";
import { messageOf } from "../../common/failure";
import { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { jsonLog, type Level, levels } from "../../common/log";
import { serve } from "./httpServers";
import type { KafkaSettings } from "./kafka/kafkaUsers";
import { LeaderElection } from "./leaderElection";
import { Manager } from "./manager";
import { Metrics } from "./metrics";

const environment = process.env;
const level = levels.find((known) => known === environment[controllerVariables.logLevel]) ?? ("info" satisfies Level);
const log = jsonLog(level);

async function main(): Promise<void> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const api = new KubernetesApi(kubeConfig);
  const metrics = new Metrics();
  const stopping = new AbortController();
  let reached = false;

  const servers = await Promise.all([
    serve(Number(environment[controllerVariables.metricsPort] ?? controllerPorts.metrics), {
      "/metrics": async () => ({ type: metrics.registry.contentType, body: await metrics.registry.metrics() }),
    }),
    serve(Number(environment[controllerVariables.healthPort] ?? controllerPorts.health), {
      "/healthz": async () => ({ body: "ok\n" }),
      "/readyz": async () =>
        reached ? { body: "ok\n" } : { status: 503, body: "the API server was not reached yet\n" },
    }),
  ]);
  const platformNamespace = environment[controllerVariables.podNamespace] ?? "default";
  const election = new LeaderElection({
    api,
    log,
    namespace: platformNamespace,
    name: controllerName,
    identity: environment[controllerVariables.podName] ?? hostname(),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info("stopping", { signal });
      stopping.abort();
    });
  }

  void untilReached(api, stopping.signal).then(() => (reached = true));
  await election.acquire(stopping.signal);
  if (!stopping.signal.aborted) {
    log.info("leader");
    metrics.leader.set(1);
    const leading = new AbortController();
    const holding = election.hold(stopping.signal).then(() => leading.abort());
    const namespace = environment[controllerVariables.namespace]?.trim();
    const kafka = kafkaSettings();
    const options = { api, metrics, log, platformNamespace, ...(namespace && { namespace }), ...(kafka && { kafka }) };
    await new Manager(options).run(leading.signal);
    await holding;
    if (!stopping.signal.aborted) throw new Error("the lease was lost; starting over as a standby");
    await election.release();
  }
  for (const server of servers) server.close();
  api.close();
  log.info("stopped");
}

/** The Kafka that networks share, if there is one. */
function kafkaSettings(): KafkaSettings | undefined {
  const bootstrap = environment[controllerVariables.kafkaBootstrap];
  if (!bootstrap) return undefined;
  const [produce, fetch] = [controllerVariables.kafkaProduceQuota, controllerVariables.kafkaFetchQuota].map((name) =>
    environment[name] ? Number(environment[name]) : undefined,
  );
  const secret = environment[controllerVariables.kafkaSecret];
  const rootCertificates = environment[controllerVariables.kafkaRoots] ?? "";
  const external = secret ? { external: { secret, rootCertificates } } : {};
  return {
    bootstrap,
    ...external,
    quota: { ...(produce !== undefined && { produce }), ...(fetch !== undefined && { fetch }) },
  };
}

async function untilReached(api: KubernetesApi, signal: AbortSignal): Promise<void> {
  let said = false;
  while (!signal.aborted) {
    try {
      await api.call("GET", "/version");
      return;
    } catch (error) {
      if (!said) log.warn("waiting for the API server", { cause: messageOf(error) });
      said = true;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    log.error(messageOf(error));
    process.exit(1);
  },
);
