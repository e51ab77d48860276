/** Writes the project of a new chaincode from the templates of its language. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { UserError } from "../../model/userError";
import { writeAtomically } from "../common/atomicFiles";

/** Languages of projects, each with the commands that install what it needs, and that test it. */
export const languages = {
  typescript: { install: "npm install", test: "npm test" },
  javascript: { install: "npm install", test: "npm test" },
  go: { install: "go mod tidy", test: "go test ./..." },
  java: { install: "mvn --batch-mode --quiet test-compile", test: "mvn --batch-mode --quiet test" },
} as const;

/** Language of a project. */
export type Language = keyof typeof languages;

const ending = ".template";

/**
 * Writes a project.
 *
 * @param projectDir - folder of baas
 * @param folder - of the new project, absolute
 * @returns the files, relative to the folder
 * @throws {@link UserError} for a name that is none, and for a folder that is there
 */
export function newProject(projectDir: string, name: string, language: Language, folder: string): string[] {
  if (!/^[a-z]([a-z0-9]|-(?=[a-z0-9])){0,39}$/.test(name)) {
    const rule = "use small letters, digits and single dashes, with a letter first, 40 characters at most";
    throw new UserError(`"${name}" is no name for a chaincode's project: ${rule}`);
  }
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UserError(`${folder} is there already and has files\n  -> Name a new folder: --out FOLDER`);
  const values = {
    __name__: name,
    __Class__: name.replace(/(^|-)(.)/g, (_match, _dash, letter: string) => letter.toUpperCase()),
    __folder__: relative(projectDir, folder),
    __install__: languages[language].install,
    __test__: languages[language].test,
  };
  const filled = (text: string): string => text.replace(/__\w+__/g, (key) => values[key as keyof typeof values] ?? key);
  return templatesOf(projectDir, language).map(({ file, content }) => {
    const written = filled(file);
    writeAtomically(join(folder, written), filled(content));
    return written;
  });
}

function templatesOf(projectDir: string, language: Language): { file: string; content: string }[] {
  const root = join(projectDir, "cli", "chaincode", "templates", language);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ file: relative(root, path).slice(0, -ending.length), content: readFileSync(path, "utf8") }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Language of the project in a folder, by its files; undefined if it is none. */
export function languageOf(folder: string): Language | undefined {
  const has = (file: string): boolean => existsSync(join(folder, file));
  if (has("go.mod")) return "go";
  if (has("pom.xml")) return "java";
  if (has("tsconfig.json")) return "typescript";
  return has("package.json") ? "javascript" : undefined;
}

/** Whether what a project needs is installed; Maven and Go see to that themselves. */
export function isInstalled(folder: string, language: Language): boolean {
  if (language === "go") return existsSync(join(folder, "go.sum"));
  if (language === "java") return true;
  // Above it, in a workspace of npm.
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules", "fabric-shim"))) return true;
    if (dirname(at) === at) return false;
  }
}
