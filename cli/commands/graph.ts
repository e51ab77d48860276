/** `baas graph`: draws a network and the connections that its NetworkPolicies allow. Changes nothing. */
import { relative, resolve } from "node:path";

import { UserError } from "../../model/userError";
import { writeAtomically } from "../common/atomicFiles";
import { findProject } from "../common/project";
import { mermaid } from "../graph/mermaid";
import { readGraph } from "../graph/readGraph";
import { svg } from "../graph/svg";

const formats = { svg, mermaid };

export async function run(given: { stack: string; format: string; out?: string }): Promise<number> {
  const { stack, format, out } = given;
  const write = Object.entries(formats).find(([name]) => name === format)?.[1];
  if (write === undefined) throw new UserError(`there is no format "${format}"; there are: svg, mermaid`);
  if (out === "") throw new UserError("--out is empty; give it a file");
  const picture = write(await readGraph(findProject(), stack));
  if (out === undefined) {
    process.stdout.write(picture);
    return 0;
  }
  const file = resolve(out);
  writeAtomically(file, picture);
  process.stderr.write(`wrote ${relative(process.cwd(), file)}\n`);
  return 0;
}
