/** `baas ports`: lists the port of each network, and the free ones. Changes nothing. */
import { portTableText, readPortTable } from "../../model/project/portTable";
import { findProject } from "../common/project";

export function run({ json }: { json?: true }): number {
  const table = readPortTable(findProject());
  process.stdout.write(`${json === true ? JSON.stringify(table, undefined, 2) : portTableText(table)}\n`);
  return table.problems.length === 0 ? 0 : 1;
}
