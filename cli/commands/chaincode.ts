/** `baas chaincode`: chaincode on the developer's machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, relative, resolve } from "node:path";

import { baas, shellWord } from "../../model/baasCommand";
import { loadStack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { type DebuggedLanguage, projectIn } from "../../services/common/contract/project";
import { debugSession, findDebugged } from "../chaincode/debugSession";
import { isInstalled, type Language, languageOf, languages, newProject } from "../chaincode/newProject";
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

interface GivenProject {
  name: string;
  language: Language;
  out?: string;
}

/** Writes a new project. */
export function create({ name, language, out }: GivenProject): number {
  const projectDir = findProject();
  const folder = resolve(out ?? join(projectDir, "chaincode", name));
  const files = newProject(projectDir, name, language, folder);
  const source = relative(projectDir, folder);
  const { install } = languages[language];
  const lines = [
    `wrote ${files.length} files to ${folder}`,
    `Next: cd ${shellWord(folder)} && ${install}`,
    `Then: ${baas("chaincode test", folder)}`,
    `In chaincodes of a stack file: { name: ${name}, channel: CHANNEL, source: ${source}, version: "1.0" }`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** Runs the tests of a project. */
export async function test({ folder: given }: { folder: string }): Promise<number> {
  const folder = resolve(given);
  const language = languageOf(folder);
  if (language === undefined) {
    const remedy = `Name the folder of a project with its package.json, go.mod or pom.xml; one is made by ${baas("chaincode new")}`;
    throw new UserError(`${folder} is no project of chaincode\n  -> ${remedy}`);
  }
  const { install, test: command } = languages[language];
  if (!isInstalled(folder, language))
    throw new UserError(`what ${folder} needs is not installed\n  -> cd ${shellWord(folder)} && ${install}`);
  const [program, ...args] = command.split(" ");
  const child = spawn(program!, args, { cwd: folder, stdio: "inherit" });
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code === 0 ? 0 : 1;
  } catch (error) {
    throw new UserError(`${program} cannot be started: ${(error as Error).message}`);
  }
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
