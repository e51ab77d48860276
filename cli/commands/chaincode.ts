/** `baas chaincode`: chaincode on the developer's machine. */
import { join, resolve } from "node:path";

import { loadStack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { debugSession, findDebugged } from "../chaincode/debugSession";
import { type DebuggedLanguage, projectIn } from "../chaincode/project";
import { findProject } from "../common/project";
import { connectionFolder } from "../connection/networkClient";
import { withGateway } from "../connection/networkWithGateway";

interface GivenSession {
  network: string;
  chaincode: string;
  organization: string;
  channel?: string;
  client?: string;
  connection?: string;
  source?: string;
  language?: DebuggedLanguage;
  port?: number;
}

/** Usual ports of debuggers. */
const usualPorts = { typescript: 9229, javascript: 9229, go: 2345 } as const;

export const debug = (given: GivenSession, signal: AbortSignal): Promise<number> => session(given, true, signal);

export const dev = (given: GivenSession, signal: AbortSignal): Promise<number> => session(given, false, signal);

async function session(given: GivenSession, hasDebugger: boolean, signal: AbortSignal): Promise<number> {
  const projectDir = findProject();
  const stack = loadStack(projectDir, given.network);
  const network = withGateway(projectDir, stack);
  const { chaincode, organization } = findDebugged(network, given, stack.file);
  const source = given.source ?? (chaincode.source && join(projectDir, chaincode.source));
  if (source === undefined) {
    const remedy = "Name the folder of its project: --source FOLDER";
    throw new UserError(`chaincode "${chaincode.name}" has an image and no source in ${stack.file}\n  -> ${remedy}`);
  }
  const project = projectIn(resolve(source), given.language);
  const debugPort = hasDebugger ? (given.port ?? usualPorts[project.language]) : undefined;
  const connection = connectionFolder(projectDir, network, given.connection);
  const settings = { network, chaincode, organization, project, debugPort, connection, client: given.client };
  await debugSession(settings, signal, (line) => void process.stderr.write(`${line}\n`));
  return 0;
}
