/** `npm run schema`: writes the JSON Schemas of stack files and environments, for editors. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { schemaFiles } from "../../model/stackFile/jsonSchema";

const folder = join(__dirname, "..", "..", "stacks");
for (const [file, content] of Object.entries(schemaFiles())) {
  writeFileSync(join(folder, file), content);
  console.log(`wrote stacks/${file}`);
}
