/** The fixtures of all policies: they are found beside the policies. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { policies } from "../pack";
import type { Fixtures } from "./fixtures";

const room = join(__dirname, "..");

/** Paths of the files that policies and their fixtures are in, below `policies/` and without their endings: `fabric/tls`. */
export function policyFiles(ending: ".ts" | ".fixtures.ts"): string[] {
  return readdirSync(room, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !["kit", "testing", "testdata", "node_modules"].includes(entry.name))
    .flatMap(({ name: folder }) => readdirSync(join(room, folder)).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith(ending) && !(ending === ".ts" && /\.(fixtures|test)\.ts$/.test(file)))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

/** The fixtures of every policy, in the order of the pack. */
export async function allFixtures(): Promise<Fixtures[]> {
  const found = await Promise.all(
    policyFiles(".fixtures.ts").map(
      async (file) => ((await import(join(room, `${file}.fixtures.ts`))) as { fixtures: Fixtures }).fixtures,
    ),
  );
  return found.sort((a, b) => policies.indexOf(a.policy) - policies.indexOf(b.policy));
}
