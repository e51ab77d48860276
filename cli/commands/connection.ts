/** `baas connection`: writes the files that clients outside the cluster need to reach a network. None of them is secret. */
import { join, resolve } from "node:path";

import { loadStack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { findProject } from "../common/project";
import { findGateway, readTlsRoots } from "../connection/clusterLookup";
import { connectionFiles, requireOwnFolder, writeConnection } from "../connection/connectionFiles";
import { connectionSummary } from "../connection/connectionSummary";
import { withGateway } from "../connection/networkWithGateway";
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
