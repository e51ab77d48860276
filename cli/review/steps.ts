/** The steps of a check: commands that anybody can run by hand. */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

import { escapeControls } from "../common/controlCharacters";

/** A command to run. */
export interface CheckStep {
  name: string;
  /** Program and arguments. */
  command: string[];
}

/** How a step ended. */
export interface StepOutcome extends CheckStep {
  ok: boolean;
  seconds: number;
  /** Its output; only the end if it is long. */
  output: string;
}

const keptOutput = 1_000_000;

/**
 * Runs a step in a folder. It never throws: a failure is an outcome, too.
 *
 * @param signal - ends the step, and its children, early
 */
export function runStep(dir: string, step: CheckStep, signal?: AbortSignal): Promise<StepOutcome> {
  const started = performance.now();
  const [program, ...args] = step.command;
  const { FORCE_COLOR: _, ...environment } = process.env;
  let output = "";
  const outcome = (ok: boolean): StepOutcome => ({
    ...step,
    ok,
    seconds: Math.round((performance.now() - started) / 1000),
    output: escapeControls(stripVTControlCharacters(output).replaceAll("\r\n", "\n")).trim(),
  });
  if (signal?.aborted === true) return Promise.resolve(outcome(false));
  return new Promise((resolve) => {
    const child = spawn(program!, args, {
      cwd: dir,
      env: { ...environment, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that npm's children end with it.
      detached: true,
    });
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGTERM");
      } catch {
        // It has ended by itself.
      }
    };
    signal?.addEventListener("abort", end);
    process.on("exit", end);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-keptOutput)));
    }
    child.on("error", (error) => {
      output += error.message;
      resolve(outcome(false));
    });
    child.on("close", (code) => {
      signal?.removeEventListener("abort", end);
      process.off("exit", end);
      resolve(outcome(code === 0));
    });
  });
}
