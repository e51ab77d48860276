import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as path from "node:path";

import { ensureBaseRoot } from "./baseImages";
import { LocalError } from "./errors";
import type { LayeredImage } from "./imageStore";
import type { Progress } from "./output";
import { run } from "./run";
import { withTemporaryDirectory } from "./temporary";

/** Where the certificate authorities are that this machine trusts, and their place in an image. */
const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/** The Node.js release line that a reference like `node:20-bookworm-slim` names; nothing for any other image. */
export function nodeMajorOf(reference: string): number | undefined {
  const match = /^(?:docker\.io\/)?(?:library\/)?node:(\d+)(?:[.-][\w.-]*)?$/.exec(reference);
  return match ? Number(match[1]) : undefined;
}

/**
 * Describes a local image to use in place of an upstream one that cannot be pulled: for `node:N-...` the machine's own
 * Node.js on its own distribution, as long as its release line is N. It trusts what this machine trusts.
 *
 * @param use gets the image while its files exist
 * @throws LocalError when there is no replacement for that image
 */
export async function withSubstitute<T>(
  reference: string,
  progress: Progress,
  use: (image: LayeredImage) => Promise<T>,
): Promise<T> {
  const major = nodeMajorOf(reference);
  const own = Number(process.versions.node.split(".")[0]);
  if (major !== own) {
    throw new LocalError(
      `The base image ${reference} cannot be pulled on this machine, and there is no local replacement for it.`,
      major === undefined
        ? "Give this machine access to the registry, or load the image into the builder with docker load."
        : `Give this machine access to the registry, or run this with Node.js ${major} (now ${own}), from which a replacement is made.`,
    );
  }
  const base = await ensureBaseRoot(progress);
  progress.waiting(`making a local ${reference} from this machine's Node.js ${process.versions.node}`);
  return withTemporaryDirectory(path.dirname(base), async (work) => {
    const layer = path.join(work, "node.tar");
    const root = path.join(work, "root");
    layOutNode(root);
    await run("tar", ["--create", "--file", layer, "--directory", root, "--owner=0", "--group=0", "etc", "usr"]);
    return use({
      reference,
      layers: [base, layer],
      configuration: {
        Env: [
          "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          `NODE_VERSION=${process.versions.node}`,
          // npm in a build would otherwise refuse what this machine's own authorities vouch for.
          `NODE_EXTRA_CA_CERTS=${CA_BUNDLE}`,
          ...registrySettings(process.env),
        ],
        Cmd: ["node"],
        Labels: { "baas.local-substitute": "true" },
      },
    });
  });
}

/** The npm registry that this machine is set up for, without credentials: an image must not carry those. */
export function registrySettings(env: NodeJS.ProcessEnv): string[] {
  const registry = env.npm_config_registry ?? env.NPM_CONFIG_REGISTRY;
  return registry && !registry.includes("@") ? [`npm_config_registry=${registry}`] : [];
}

/** Node.js and npm where upstream's image has them, and its user `node` (1000). */
function layOutNode(root: string): void {
  const bin = path.join(root, "usr/local/bin");
  const modules = path.join(root, "usr/local/lib/node_modules");
  mkdirSync(bin, { recursive: true });
  mkdirSync(modules, { recursive: true });
  copyFileSync(realpathSync(process.execPath), path.join(bin, "node"));
  chmodSync(path.join(bin, "node"), 0o755);
  cpSync(npmDirectory(), path.join(modules, "npm"), { recursive: true, dereference: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", path.join(bin, "npm"));
  symlinkSync("../lib/node_modules/npm/bin/npx-cli.js", path.join(bin, "npx"));
  mkdirSync(path.join(root, "etc/ssl/certs"), { recursive: true });
  if (existsSync(CA_BUNDLE)) copyFileSync(CA_BUNDLE, path.join(root, CA_BUNDLE));
  writeFileSync(
    path.join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
  );
  writeFileSync(path.join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\nnode:x:1000:\n");
}

function npmDirectory(): string {
  const prefix = path.resolve(path.dirname(process.execPath), "..");
  const candidates = [prefix, path.dirname(path.dirname(realpathSync(process.execPath))), "/usr", "/usr/local"];
  const found = candidates
    .flatMap((each) => [path.join(each, "lib/node_modules/npm"), path.join(each, "share/nodejs/npm")])
    .find((each) => existsSync(each));
  if (found) return found;
  throw new LocalError(
    "npm is not where this machine's Node.js is.",
    "Install npm, from which the local base image is made.",
  );
}
