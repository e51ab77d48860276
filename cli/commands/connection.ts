/** `npm run connection -- STACK`: what clients outside the cluster need to reach a network. Nothing of it is secret. */
import { join } from "node:path";

import { loadStack, type Stack, stackFile } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { findProject, parseArguments, runInterruptibly, userPath } from "../common/commandLine";
import { findGateway, readTlsRoots } from "../connection/clusterLookup";
import { connectionFiles, requireOwnFolder, writeConnection } from "../connection/connectionFiles";
import type { NetworkWithGateway } from "../connection/connectionProfile";
import { connectionSummary } from "../connection/connectionSummary";
import { kubectlCommand } from "../engine/apply/applyText";
import { connect } from "../engine/cluster/clusterConnection";

const usage = `usage: npm run connection -- STACK [--context NAME] [--out DIR] [--address HOST]

Writes what clients outside the cluster need to reach a network: names for /etc/hosts, connection profiles, root certificates.

  --context NAME   the cluster; by default the one that the stack's environment names
  --out DIR        folder of the files; by default .baas/connection/STACK
  --address HOST   where clients reach the gateway; by default what the environment says, or else the cluster
`;

runInterruptibly(async (args, signal) => {
  const { stack: name, options } = parseArguments(args, { usage, options: ["context", "out", "address"] });
  const projectDir = findProject();
  const stack = loadStack(projectDir, name);
  const network = withGateway(stack);
  const folder =
    options.out === undefined ? join(projectDir, ".baas", "connection", name) : userPath(options.out, "connection");
  requireOwnFolder(folder, name);

  const connection = await connect(options.context ?? stack.environment.context, signal);
  try {
    const tlsRoots = await readTlsRoots(connection, network);
    const gateway = await findGateway(connection, network, options.address);
    writeConnection(folder, connectionFiles(network, gateway.addresses, tlsRoots));
    const { context, local } = connection;
    const kubectl = kubectlCommand({ context, ...(local && { local: local.name }) }, true);
    process.stdout.write(connectionSummary({ network, gateway, context, folder, kubectl }));
    return 0;
  } catch (error) {
    throw signal.aborted ? new UserError("interrupted") : error;
  } finally {
    connection.close();
  }
});

function withGateway(stack: Stack): NetworkWithGateway {
  const file = stackFile(stack.name);
  if (stack.kind === "platform") throw new UserError(`${file} is a platform: only networks are reached from outside`);
  const { gateway } = stack.network;
  if (gateway !== undefined) return { ...stack.network, gateway };
  throw new UserError(
    `network "${stack.name}" has no gateway, so that nothing of it is reached from outside\n` +
      `  -> Give it one in ${file}, such as gateway: { port: 30443 }; npm run ports shows which port is free.`,
  );
}
