/** The files that a program process runs: the built program, and the host that runs it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";

import type { Project } from "../../../model/files/project";
import { UserError } from "../../../model/userError";
import { built } from "../../launch/build.cjs";

/** Paths of the files. */
export interface HostFiles {
  program: string;
  host: string;
}

/**
 * Builds the program, as the Pulumi CLI runs it too, and the file that the process runs: host.ts, the SDK and the program's other
 * packages in one, as loading hundreds of files would take most of the time.
 *
 * @throws {@link UserError} when the SDK is not installed, or the program cannot be built
 */
export function hostFiles(project: Project): HostFiles {
  const { dir, workingDir } = project;
  try {
    createRequire(join(workingDir, "_")).resolve("@pulumi/pulumi");
  } catch {
    throw new UserError(`@pulumi/pulumi is not installed for ${dir}: run "npm ci" there`);
  }
  try {
    const entry = relative(dir, sourceFile(project));
    const program = built({ folder: dir, name: "program", entry, bundlesPackages: false });
    const packages = program.packages.map((name) => `${JSON.stringify(name)}: require(${JSON.stringify(name)})`);
    const code = [
      `const { hostPrograms } = require(${JSON.stringify(join(__dirname, "host.ts"))});`,
      `hostPrograms(require("@pulumi/pulumi"), { ${packages.join(", ")} });`,
    ].join("\n");
    // The SDK uses TypeScript to serialize functions. It takes longer to load than the rest of the SDK.
    const absent = { typescript: functionsAsValues };
    const order = { folder: dir, name: "host", code, resolveDir: workingDir, bundlesPackages: true, absent };
    return { program: program.file, host: built(order).file };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "SyntaxError") throw error;
    throw new UserError(error.message);
  }
}

const functionsAsValues =
  "the program has a function as a value; baas does not serialize functions. Use the Pulumi CLI";

/** The program's source. If Pulumi.yaml names a main.cjs that builds the index.ts beside it, that is index.ts. */
function sourceFile({ workingDir, entry }: Project): string {
  const source = join(workingDir, "index.ts");
  return entry === "main.cjs" && existsSync(source) ? source : join(workingDir, entry);
}
