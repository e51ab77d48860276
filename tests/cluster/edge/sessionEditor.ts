/** The editor in the image of a studio's sessions: code-server, or a double where this machine would have to fetch it first. */
import { chmodSync } from "node:fs";
import { join } from "node:path";

import { hasCodeServer } from "../../../local-cluster/codeServerImage";
import type { ProjectCopy } from "../../projectCopy";
import { bundledProgram } from "./bundledProgram";

const dockerfile = "services/studio/Dockerfile";

/**
 * Has the project's sessions run a double of the editor, unless this machine has code-server or is told to fetch it.
 *
 * @returns why there is a double; undefined if there is none
 */
export async function prepareEditor(project: ProjectCopy): Promise<string | undefined> {
  const [line = "", version = ""] = /^FROM codercom\/code-server:(.+)$/m.exec(project.read(dockerfile)) ?? [];
  if (hasCodeServer(version) || process.env.BAAS_TEST_CODE_SERVER === "build") return undefined;
  const program = "services/studio/editor-double";
  project.write(program, `#!/usr/bin/env node\n${await bundledProgram("editorDoubleProgram.ts")}`);
  chmodSync(join(project.dir, program), 0o755);
  const base = "node:24-bookworm-slim";
  project.edit(dockerfile, line, `FROM ${base}\nCOPY ${program} /usr/bin/code-server`);
  return `code-server ${version} has not been fetched on this machine: BAAS_TEST_CODE_SERVER=build does that`;
}
