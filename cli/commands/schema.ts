/** `npm run schema`: writes the JSON Schemas of stack files and environments, for editors. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { readProject } from "../../model/files/project";
import { schemaFiles } from "../../model/stackFile/jsonSchema";

const projectDir = join(__dirname, "..", "..");
const folder = join(projectDir, "stacks");
for (const [file, content] of Object.entries(schemaFiles(readProject(projectDir).name))) {
  writeFileSync(join(folder, file), content);
  console.log(`wrote stacks/${file}`);
}
