/**
 * Creates images of programs in Go for machines without access to a registry: each is built from a Go module, a folder of `go`, with
 * the path that it has in upstream's image.
 */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { ensureBaseRoot, pathVariable } from "./baseImages";
import { ensureLayer } from "./cachedLayer";
import { ensureBuilt, type GoModule } from "./goModule";
import type { LayeredImage } from "./imageStore";
import type { Progress } from "./progress";

/** A program that is built from its Go module. */
export interface GoProgram {
  /** Its common name. */
  name: string;
  /** The tag of upstream's image of the release that is built, such as `v1.13.15`. */
  tag: string;
  module: GoModule;
  /** Where upstream's image has it. */
  path: string;
  /** How it runs, as upstream's image says. */
  configuration: Record<string, unknown>;
}

/** By repository. */
const programs: Record<string, GoProgram> = {
  "docker.io/ethereum/client-go": {
    name: "geth",
    tag: requiredVersion("geth", "github.com/ethereum/go-ethereum"),
    module: {
      ...moduleOf("geth"),
      // A package that it uses reaches into Go's own, which newer linkers refuse.
      linkerFlags: ["-checklinkname=0"],
    },
    path: "/usr/local/bin/geth",
    configuration: { Entrypoint: ["geth"] },
  },
  "docker.io/prom/prometheus": {
    name: "Prometheus",
    // Release 3.16.0 is module version v0.316.0.
    tag: requiredVersion("prometheus", "github.com/prometheus/prometheus").replace(
      /^v0\.(\d)(\d\d)\./,
      (_, major, minor) => `v${major}.${Number(minor)}.`,
    ),
    // It discovers by Kubernetes alone: the libraries of clouds would make the build much longer.
    module: { ...moduleOf("prometheus"), tags: ["remove_all_sd", "enable_kubernetes_sd"] },
    path: "/bin/prometheus",
    configuration: { User: "nobody", WorkingDir: "/prometheus", Entrypoint: ["/bin/prometheus"] },
  },
};

/** The program whose local image replaces an image with this tag, if there is one. */
export function goProgramOf(repository: string, tag: string): GoProgram | undefined {
  const program = programs[repository];
  return program?.tag === tag ? program : undefined;
}

/**
 * The image: the distribution's base with the program. Its layer is in the cache after the first time.
 *
 * @throws {@link LocalError} when there is no Go tool chain or disk space, or the build fails
 */
export async function goProgramImage(reference: string, program: GoProgram, progress: Progress): Promise<LayeredImage> {
  const base = await ensureBaseRoot(progress);
  const built = await ensureBuilt(program.module, progress);
  const layer = `${built}.tar`;
  await ensureLayer(layer, (root) => {
    // In the base, /bin is itself a link to /usr/bin.
    const path = join(root, program.path.replace(/^\/bin\//, "/usr/bin/"));
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(built, basename(path)), path);
  });
  return { reference, layers: [base, layer], configuration: { Env: [pathVariable], ...program.configuration } };
}

function moduleOf(name: string): GoModule {
  return {
    name,
    directory: directoryOf(name),
    packages: ["tool"],
    programs: [name],
    linkerFlags: [],
    announcement: `Building ${name} from source: a few minutes on two cores, once per machine.`,
  };
}

function directoryOf(name: string): string {
  return join(__dirname, "go", name);
}

/** The version of a module that the go.mod of a folder requires. */
function requiredVersion(folder: string, module: string): string {
  const text = readFileSync(join(directoryOf(folder), "go.mod"), "utf8");
  return new RegExp(`${module} (v\\S+)`).exec(text)![1]!;
}
