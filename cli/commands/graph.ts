/** `npm run graph -- STACK`: a picture of a network, from what its NetworkPolicies let through. Touches nothing. */
import { relative } from "node:path";

import { UserError } from "../../model/userError";
import { writeAtomically } from "../common/atomicFiles";
import { findProject, parseArguments, runCommand, userPath } from "../common/commandLine";
import { mermaid } from "../graph/mermaid";
import { readGraph } from "../graph/readGraph";
import { svg } from "../graph/svg";

const formats = { svg, mermaid };

const usage = `usage: npm run graph -- STACK [--format svg|mermaid] [--out FILE]

Draws a network: its organizations, nodes and channels, and who talks to whom on which port. The lines are what the
NetworkPolicies and Services of the stack let through.

  --format   svg (the default), or mermaid, which GitHub draws in comments and Markdown files
  --out      the file to write; by default it is printed (npm run -s graph keeps npm's own lines out)
`;

runCommand(async (args) => {
  const { stack, options } = parseArguments(args, { usage, options: ["format", "out"] });
  const write = Object.entries(formats).find(([name]) => name === (options.format ?? "svg"))?.[1];
  if (write === undefined) throw new UserError(`there is no format "${options.format}": svg, mermaid\n\n${usage}`);
  if (options.out === "") throw new UserError(`where to? --out is empty\n\n${usage}`);
  const picture = write(await readGraph(findProject(), stack));
  if (options.out === undefined) {
    process.stdout.write(picture);
    return 0;
  }
  const file = userPath(options.out, "graph");
  writeAtomically(file, picture);
  process.stdout.write(`wrote ${relative(process.cwd(), file)}\n`);
  return 0;
});
