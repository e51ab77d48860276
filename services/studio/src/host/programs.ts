/** Programs that run while a session is open. One that ends is started again. */
import type { ChildProcess } from "node:child_process";

import type { Log } from "../../../common/log";

/** A program. */
export interface Program {
  name: string;
  start(): ChildProcess;
}

/** Milliseconds before a program that has ended is started again. */
const pause = 1000;

/** Starts programs, and keeps them running until the end of this process. */
export function keepRunning(programs: readonly Program[], log: Log): void {
  for (const program of programs) keep(program, log);
}

function keep(program: Program, log: Log): void {
  const child = program.start();
  let isOver = false;
  const over = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    log.warn("a program ended, and is started again", { program: program.name, reason });
    setTimeout(() => keep(program, log), pause);
  };
  child.on("error", (error) => over(error.message));
  child.on("exit", (code, signal) => over(signal ?? `exit code ${code}`));
}
