/** The table of ports: the network behind each port of a cluster, and the free ports. */
import { jsonRpcHostName } from "../contracts/jsonRpc";
import { apiHostName } from "../contracts/names";
import { stackFileIn } from "../files/projectFolder";
import { compareText } from "../plainData";
import type { EnvironmentConfig, ExposureConfig } from "../stackFile/schema";
import { type Claims, freePorts } from "./claims";
import { environmentFile, environmentNames, readEnvironment } from "./environments";
import { eachOnce, type FileProblem, problemsOf, problemsText } from "./fileProblems";
import { allClaims, loadStack, stackNames } from "./stacks";

/** The ports of a project. `baas ports --json` prints this object with all its keys. */
export interface PortTable {
  /** By environment, then by port. A platform, or a network of Ethereum, is among them if it has a gateway. */
  networks: NetworkPort[];
  /** By name. */
  environments: EnvironmentPorts[];
  /** Mistakes in any file; empty if there are none. */
  problems: FileProblem[];
}

/** How a network, or a platform, is reached. */
export interface NetworkPort {
  network: string;
  environment: string;
  /** Context of the environment, which identifies the cluster; null when the environment cannot be read. */
  context: string | null;
  /** Null when its environment exposes no gateways. */
  exposure: ExposureConfig["type"] | null;
  /** Port of its gateway; null when it has none. */
  port: number | null;
  /** Name of its API, `api.<domain>`, of its JSON-RPC, or that of the platform's Grafana; null when it has no gateway. */
  apiHost: string | null;
  /** Its stack file, relative to the project. */
  file: string;
}

/** The ports that an environment has for networks. */
export interface EnvironmentPorts {
  environment: string;
  context: string;
  /** Null, like the next three, when it exposes no gateways. */
  exposure: ExposureConfig["type"] | null;
  /** First and last port. */
  ports: { from: number; to: number } | null;
  /** Number of free ports. */
  free: number | null;
  /** The lowest free port, which `baas new` chooses; null when there is none. */
  next: number | null;
  /** Its file, relative to the project. */
  file: string;
}

/** Reads the ports of all stacks and environments of a project, even if some files have mistakes. */
export function readPortTable(projectDir: string): PortTable {
  const environments = new Map<string, EnvironmentConfig>();
  const problems = [
    ...environmentNames(projectDir).flatMap((name) => {
      const file = environmentFile(name);
      return problemsOf(file, () => environments.set(name, readEnvironment(projectDir, name, file, "(file)")));
    }),
    ...stackNames(projectDir).flatMap((name) =>
      problemsOf(stackFileIn(projectDir, name), () => loadStack(projectDir, name)),
    ),
  ];
  return { ...tabulatePorts(allClaims(projectDir), environments), problems: eachOnce(problems) };
}

/**
 * Makes the table of stacks. The row of a network depends on that network and its environment only: ports are written in
 * stack files, so that adding a network never changes the port of another.
 *
 * @param claims - what each stack claims
 * @param environments - those that can be read, by name
 */
export function tabulatePorts(
  claims: readonly Claims[],
  environments: ReadonlyMap<string, Pick<EnvironmentConfig, "context" | "gateway">>,
): Omit<PortTable, "problems"> {
  const networks = claims
    .filter(({ kind, port }) => kind === "network" || port !== undefined)
    .map(({ stack, file, kind, environment, context, port, domain, host }) => ({
      network: stack,
      environment,
      context: context ?? null,
      exposure: environments.get(environment)?.gateway?.type ?? null,
      port: port ?? null,
      apiHost: host ?? (port === undefined || domain === undefined ? null : hostOf(kind, domain)),
      file,
    }))
    .sort(
      (a, b) =>
        compareText(a.environment, b.environment) ||
        (a.port ?? Infinity) - (b.port ?? Infinity) ||
        compareText(a.network, b.network),
    );
  const ranges = [...environments].map(([environment, { context, gateway }]) => {
    const free = gateway && freePorts({ environment, context }, gateway, claims);
    return {
      environment,
      context,
      exposure: gateway?.type ?? null,
      ports: gateway?.ports ?? null,
      free: free?.length ?? null,
      next: free?.[0] ?? null,
      file: environmentFile(environment),
    };
  });
  return { networks, environments: ranges.sort((a, b) => compareText(a.environment, b.environment)) };
}

function hostOf(kind: Claims["kind"], domain: string): string {
  return kind === "ethereum" ? jsonRpcHostName(domain) : apiHostName(domain);
}

/** The ports as text. */
export function portTableText({ networks, environments, problems }: PortTable): string {
  const networkRows = networks.map(({ network, environment, context, exposure, port, apiHost, file }) => [
    ...[network, environment, context ?? "?"],
    ...(port === null ? ["no gateway", "-", "-"] : [exposure ?? "?", String(port), apiHost ?? "?"]),
    file,
  ]);
  const environmentRows = environments.map(({ environment, context, exposure, ports, free, next, file }) => [
    ...[environment, context],
    ...(ports === null
      ? ["no gateways", "-", "-", "-"]
      : [exposure ?? "?", `${ports.from}-${ports.to}`, String(free), String(next ?? "none")]),
    file,
  ]);
  return [
    ...table(["NETWORK", "ENVIRONMENT", "CONTEXT", "EXPOSURE", "PORT", "API", "FILE"], networkRows),
    "",
    ...table(["ENVIRONMENT", "CONTEXT", "EXPOSURE", "PORTS", "FREE", "NEXT", "FILE"], environmentRows),
    ...(problems.length === 0 ? [] : ["", problemsText(problems)]),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly string[][]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
