/** What an image of Besu takes from its release archive. */
import { pathVariable } from "./baseImages";
import type { ImageRecipe } from "./imageRecipe";

/** The program in a release archive, whose one folder is named by its version. */
export const besuProgram = "besu-VERSION/bin/besu";

const program = /^(besu-[^/]+)\/bin\/besu$/;
const home = "/opt/besu";
const java = "/opt/java/openjdk";

/** The image that can be created from an archive with these entries. */
export function besuRecipes(entries: Iterable<string>): ImageRecipe[] {
  for (const entry of entries) {
    const folder = program.exec(entry)?.[1];
    if (folder !== undefined) return [recipe(folder)];
  }
  return [];
}

function recipe(folder: string): ImageRecipe {
  return {
    repository: "docker.io/hyperledger/besu",
    program: `${folder}/bin/besu`,
    ask: { arguments: ["--version"], printed: /^besu\/v(\d[\w.+-]*)\//m },
    files: { [folder]: home },
    java,
    // Its database needs a library of C++, which plain Debian lacks.
    base: "node:24-bookworm-slim",
    configuration: {
      Env: [pathVariable.replace("=", `=${home}/bin:${java}/bin:`), `JAVA_HOME=${java}`],
      Cmd: ["besu"],
      ExposedPorts: { "8545/tcp": {}, "8546/tcp": {}, "30303/tcp": {} },
      Volumes: {},
    },
  };
}
