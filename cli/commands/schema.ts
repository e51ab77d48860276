/** `baas schema`: writes the JSON Schemas of stack files and environments, for editors. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { readProject } from "../../model/files/project";
import { schemaFiles } from "../../model/stackFile/jsonSchema";
import { findProject } from "../common/project";

export function run(): number {
  const projectDir = findProject();
  for (const [file, content] of Object.entries(schemaFiles(readProject(projectDir).name))) {
    writeFileSync(join(projectDir, "stacks", file), content);
    process.stderr.write(`wrote stacks/${file}\n`);
  }
  return 0;
}
