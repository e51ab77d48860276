/** The mistakes in the files of a project, collected where one file with mistakes must not hide the others. */
import { YamlFileError } from "../files/yamlFile";
import { ConfigurationError, type Finding } from "../stackFile/findings";
import { UserError } from "../userError";

/** A mistake in a file. */
export interface FileProblem extends Finding {
  /** Relative to the project. */
  file: string;
}

/**
 * Reads a file.
 *
 * @returns its mistakes; none if there are none
 */
export function problemsOf(file: string, read: () => unknown): FileProblem[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof YamlFileError) {
      return error.findings.map((finding) => ({ file: error.file, ...finding }));
    }
    if (!(error instanceof UserError)) throw error;
    return [{ file, path: "(file)", message: error.message.replace(file, "").replace(/^:? /, "") }];
  }
}

/** Different problems only: every stack of a bad environment reports the environment's mistakes. */
export function eachOnce(problems: readonly FileProblem[]): FileProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** Problems as text. */
export function problemsText(problems: readonly FileProblem[]): string {
  return ["Problems:", ...problems.map(({ file, path, message }) => `  ${file}: ${path}: ${message}`)].join("\n");
}
