/** How a command reports an error: as text on standard error and, with `--json`, as one object on standard output too. */
import type { Command } from "commander";

import { LocalError } from "../../local-cluster/localError";
import { YamlFileError } from "../../model/files/yamlFile";
import { ConfigurationError, type Finding } from "../../model/stackFile/findings";
import { UserError } from "../../model/userError";
import { escapeControls } from "./controlCharacters";
import { traceInSources } from "./sourceTrace";

/** The object that a command with `--json` prints in place of its result. */
interface ErrorDocument {
  error: {
    /** The text that standard error has. */
    message: string;
    /** File with mistakes, relative to the project; absent for other errors, as are its mistakes. */
    file?: string;
    findings?: Finding[];
  };
}

/**
 * Reports why a command failed.
 *
 * @param asJson - whether what the command prints is read as JSON
 */
export function reportError(error: unknown, asJson: boolean): void {
  const message = explain(error);
  process.stderr.write(`${message}\n`);
  if (!asJson) return;
  print({ error: { message, ...mistakesIn(error) } });
}

function mistakesIn(error: unknown): Pick<ErrorDocument["error"], "file" | "findings"> {
  if (!(error instanceof ConfigurationError || error instanceof YamlFileError)) return {};
  return { file: error.file, findings: error.findings };
}

/** Makes a command and all below it report mistakes in their arguments as {@link reportError} does, even if they have no `--json`. */
export function reportUsageErrors(command: Command): void {
  command.configureOutput({
    outputError: (text, write) => {
      write(text);
      // The arguments have not been understood, so their words have to do.
      if (process.argv.includes("--json")) print({ error: { message: text.trim().replace(/^error: /, "") } });
    },
  });
  command.commands.forEach(reportUsageErrors);
}

function print(document: ErrorDocument): void {
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
}

function explain(error: unknown): string {
  if (error instanceof UserError || error instanceof LocalError) return escapeControls(error.message);
  // System errors, such as a full disk, have messages that users understand.
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) return message;
  return `Internal error; please report it:\n${error instanceof Error ? traceInSources(error) : String(error)}`;
}
