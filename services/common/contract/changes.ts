/** Tells when the contract of a project has changed and can be run again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { sep } from "node:path";
import { createInterface } from "node:readline";

import { type ChaincodeProject, compiler, goBuild } from "./project";

/** What watches a project; `stop` it. */
export interface Watching {
  stop(): void;
}

/** Time for the changes of one saving, in milliseconds. */
const together = 80;

/**
 * Watches a project. Projects in TypeScript are compiled, and those in Go built, first now, and then at each change.
 *
 * @param changed - called when there is a first program, and each time that there is another one
 * @param say - takes what the compiler says
 */
export function watchProject(project: ChaincodeProject, changed: () => void, say: (line: string) => void): Watching {
  switch (project.language) {
    case "typescript":
      return compiling(project.folder, changed, say);
    case "javascript":
      changed();
      return watchFiles(project.folder, /\.(js|cjs|mjs|json)$/, changed);
    case "go": {
      const build = (): void => void building(project.folder).then((problem) => (problem ? say(problem) : changed()));
      build();
      return watchFiles(project.folder, /\.go$|^go\.(mod|sum)$/, build);
    }
  }
}

function compiling(folder: string, changed: () => void, say: (line: string) => void): Watching {
  const { command, args } = compiler(folder);
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [, errors] = /Found (\d+) errors?\. Watching/.exec(line) ?? [];
    if (errors === "0") changed();
    else if (errors !== undefined) say(`${errors} mistakes: the contract goes on as it was`);
    else if (!/Starting (incremental )?compilation|File change detected/.test(line) && line.trim() !== "") say(line);
  });
  child.on("error", (error) => say(`the compiler cannot be started: ${error.message}`));
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  return { stop: end };
}

async function building(folder: string): Promise<string | undefined> {
  const { command, args } = goBuild(folder);
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code === 0 ? undefined : "go build failed: the contract goes on as it was";
  } catch (error) {
    return `go cannot be started: ${(error as Error).message}`;
  }
}

function watchFiles(folder: string, pattern: RegExp, changed: () => void): Watching {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    const ignored = file === null || file.split(sep).some((part) => part === "node_modules" || part.startsWith("."));
    if (ignored || !pattern.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, together);
  });
  return {
    stop() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
