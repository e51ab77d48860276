/** `npm run ports [-- --json]`: which port leads to which network, and which ones are free. Touches nothing. */
import { portTableText, readPortTable } from "../../model/project/portTable";
import { findProject, parseFlags, runCommand } from "../common/commandLine";

const usage = `usage: npm run ports [-- --json]

Shows the port of every network, and the ports that each environment has. Exit code 1 for mistakes in any file.

  --json   the same as {networks, environments, problems}; every entry has all keys, with null for what there is not:
             networks      {network, environment, context, exposure, port, apiHost, file}
             environments  {environment, context, exposure, ports: {from, to}, free, next, file}
             problems      {file, path, message}
`;

runCommand(async (args) => {
  const { flags } = parseFlags(args, { usage, flags: ["json"] });
  const table = readPortTable(findProject());
  process.stdout.write(`${flags.json === true ? JSON.stringify(table, undefined, 2) : portTableText(table)}\n`);
  return table.problems.length === 0 ? 0 : 1;
});
