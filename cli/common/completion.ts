/** Completion for shells: of commands and options, and of the stacks and environments that are there. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

import { stackOfFile } from "../../model/files/projectFolder";
import { findProject } from "./project";

const help = `
For this shell only:   source <(./baas completion bash)
For every shell:       ./baas completion bash >> ~/.bashrc
It completes "baas", so put the folder of this project in PATH, or a link to ./baas into a folder that is there.
`;

/**
 * Adds the command that prints the script, and the hidden command that the script calls.
 *
 * @param program - with all other commands
 */
export function addCompletion(program: Command): void {
  const completion = tab(program, { completionCommandName: "completion" });
  program.commands
    .find((command) => command.name() === "completion")
    ?.description("print the completion script of your shell")
    .addHelpText("after", help);
  for (const command of completion.commands.values()) {
    for (const [name, folder, nameOf] of [
      ["stack", "stacks", stackOfFile],
      ["environment", "stacks/environments", (file: string) => /^(.+)\.ya?ml$/.exec(file)?.[1]],
    ] as const) {
      const argument = command.arguments.get(name);
      if (argument !== undefined)
        argument.handler = (complete) => names(folder, nameOf).forEach((each) => complete(each, ""));
    }
  }
}

function names(folder: string, nameOf: (file: string) => string | undefined): string[] {
  try {
    return readdirSync(join(findProject(), folder)).flatMap((file) => nameOf(file) ?? []);
  } catch {
    return []; // Outside a project there is nothing to complete.
  }
}
