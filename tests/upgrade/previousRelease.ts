/** What the release before this one declared for its test stacks, as docs/releasing.md says to keep it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { load } from "js-yaml";

import type { ProgramResult, Registration } from "../../cli/engine/declared/registration";
import { parseUrn, stackType } from "../../model/pulumi/urn";

const folder = join(__dirname, "previousRelease");

/** Folder of its stack files. */
export const previousStacks = join(folder, "stacks");

/** Names of its stacks. */
export const previousStackNames = readdirSync(join(folder, "registrations")).map((file) => file.replace(".yaml", ""));

/** The JSON Schema of stack files or environments of that release. */
export function previousSchema(file: "stack.schema.json" | "environment.schema.json"): object {
  return JSON.parse(readFileSync(join(folder, "schemas", file), "utf8"));
}

/** The result of that release's program. Images of the project have the tag `previous`, whatever their content was. */
export function previousProgram(stack: string): ProgramResult {
  const text = readFileSync(join(folder, "registrations", `${stack}.yaml`), "utf8");
  const kept = load(text.replaceAll(":<content>", ":previous")) as Record<string, Kept>;
  const registrations = Object.entries(kept).map(([urn, entry]) => registration(urn, entry));
  const { project } = parseUrn(registrations[0]!.urn);
  const paths = { projectDir: folder, workingDir: folder };
  return { project, stack, ...paths, registrations, outputs: {}, diagnostics: [], references: [] };
}

/** A registration as golden texts write it. */
type Kept = Partial<Registration> & Partial<Registration["options"]>;

function registration(urn: string, { inputs = {}, outputs, parent, read, ...options }: Kept): Registration {
  const { type, name } = parseUrn(urn);
  return {
    ...{ urn, type, name, inputs, custom: type !== stackType && !type.startsWith("baas:") },
    ...(outputs && { outputs }),
    ...(parent && { parent }),
    ...(read && { read }),
    options: { dependsOn: [], propertyDependencies: {}, ...(options as Partial<Registration["options"]>) },
  };
}
