/** The local cluster as this project's networks need it. */
import { describeInstance } from "../../local-cluster/instance";
import { prepare } from "../../local-cluster/localCluster";
import { LocalError } from "../../local-cluster/localError";
import type { Progress } from "../../local-cluster/progress";
import type { GatewayPorts, LocalCluster } from "../../local-cluster/runningCluster";
import { freePorts } from "../../model/project/claims";
import {
  environmentFile,
  environmentNames,
  glanceAtEnvironment,
  readEnvironment,
} from "../../model/project/environments";
import { allClaims } from "../../model/project/stacks";

/** Number of ports for future networks: the ports of a kind cluster cannot change later. */
const spareCount = 30;

/** Starts the local cluster, on a machine that has been checked. */
export type StartOwnCluster = (progress: Progress) => Promise<LocalCluster>;

/**
 * Checks whether this machine can run the local cluster of that name. Changes nothing.
 *
 * @param nodes - the number of its nodes; when left out, an existing cluster's own, or 1
 * @returns the function that starts it, with the ports that make the gateways of its networks reachable from this machine; or
 *   why it cannot run here
 */
export async function prepareOwnCluster(
  projectDir: string,
  name?: string,
  nodes?: number,
): Promise<StartOwnCluster | LocalError> {
  const start = await prepare({ name, nodes });
  if (start instanceof LocalError) return start;
  const { context } = describeInstance(name);
  return (progress) => start({ progress, ports: () => gatewayPorts(projectDir, context) });
}

/**
 * Starts the local cluster of that name, as {@link prepareOwnCluster} does.
 *
 * @throws {@link LocalError} when this machine cannot run it
 */
export async function startOwnCluster(
  projectDir: string,
  name: string | undefined,
  progress: Progress,
  nodes?: number,
): Promise<LocalCluster> {
  const start = await prepareOwnCluster(projectDir, name, nodes);
  if (start instanceof LocalError) throw start;
  return start(progress);
}

/**
 * Node ports of the networks of a context: those in stack files are used; the next 30 free ones of its environments are for
 * networks to come.
 *
 * @throws {@link ConfigurationError} when the context's environment has mistakes
 */
export function gatewayPorts(projectDir: string, context: string): GatewayPorts {
  const claims = allClaims(projectDir).filter((claim) => claim.context === context);
  const used = claims.flatMap(({ port, exposure }) => (port !== undefined && exposure === "NodePort" ? [port] : []));
  const spare = environmentNames(projectDir)
    .filter((name) => (glanceAtEnvironment(projectDir, name) as { context?: unknown } | undefined)?.context === context)
    .flatMap((environment) => {
      const { gateway } = readEnvironment(projectDir, environment, environmentFile(environment), "(environment)");
      if (gateway?.type !== "NodePort") return [];
      return freePorts({ environment, context }, gateway, claims).slice(0, spareCount);
    });
  return { used: ascending(used), spare: ascending(spare) };
}

function ascending(ports: readonly number[]): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
