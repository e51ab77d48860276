/** `baas connection`: writes the files that clients outside the cluster need to reach a network. None of them is secret. */
import { join, resolve } from "node:path";

import { baas } from "../../model/baasCommand";
import { exposesNone } from "../../model/network/gatewayChecks";
import { nextFreePort } from "../../model/project/claims";
import { allClaims, loadStack, type Stack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { findProject } from "../common/project";
import { findGateway, readTlsRoots } from "../connection/clusterLookup";
import { connectionFiles, requireOwnFolder, writeConnection } from "../connection/connectionFiles";
import type { NetworkWithGateway } from "../connection/connectionProfile";
import { connectionSummary } from "../connection/connectionSummary";
import { kubectlCommand } from "../engine/apply/applyText";
import { connect } from "../engine/cluster/clusterConnection";

interface Given {
  stack: string;
  context?: string;
  out?: string;
  address?: string;
}

export async function run({ stack: name, ...options }: Given, signal: AbortSignal): Promise<number> {
  const projectDir = findProject();
  const stack = loadStack(projectDir, name);
  const network = withGateway(projectDir, stack);
  const folder = resolve(options.out ?? join(projectDir, ".baas", "connection", name));
  requireOwnFolder(folder, name);

  const connection = await connect(options.context ?? stack.environment.context, signal);
  try {
    const tlsRoots = await readTlsRoots(connection, network);
    const gateway = await findGateway(connection, network, options.address);
    writeConnection(folder, connectionFiles(network, gateway.addresses, tlsRoots));
    const { context, local } = connection;
    const kubectl = kubectlCommand({ context, ...(local && { local: local.name }) });
    process.stdout.write(connectionSummary({ network, file: stack.file, gateway, context, folder, kubectl }));
    return 0;
  } catch (error) {
    throw signal.aborted ? new UserError("interrupted") : error;
  } finally {
    connection.close();
  }
}

function withGateway(projectDir: string, stack: Stack): NetworkWithGateway {
  const { file } = stack;
  if (stack.kind === "platform")
    throw new UserError(`${file} is a platform: only networks have connections from outside`);
  if (stack.kind === "ethereum")
    throw new UserError(
      `${file} is a network of Ethereum, which has no gateway yet: it is reached in the cluster only`,
    );
  const { gateway } = stack.network;
  if (gateway !== undefined) return { ...stack.network, gateway };
  const problem = `network "${stack.name}" has no gateway, so clients outside the cluster cannot reach it`;
  const { environment } = stack.network;
  const { context, gateway: exposure } = stack.environment;
  if (exposure === undefined) throw new UserError(`${problem}: ${exposesNone(environment)}`);
  const port = nextFreePort({ environment, context }, exposure, allClaims(projectDir));
  const remedy =
    port === undefined
      ? `Give it one in ${file}; no port of its environment is free: ${baas("ports")} lists them.`
      : `Give it one in ${file}: gateway: { port: ${port} }; ${baas("ports")} lists all free ports.`;
  throw new UserError(`${problem}\n  -> ${remedy}`);
}
