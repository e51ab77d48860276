/** Images in place of those of Fabric, HAProxy and this project, whose pods become ready without doing anything. */
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { pathVariable } from "../../../local-cluster/baseImages";
import { importLayers } from "../../../local-cluster/imageStore";
import type { Progress } from "../../../local-cluster/progress";
import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { withSubstitute } from "../../../local-cluster/substitutes";
import { withTemporaryDirectory } from "../../../local-cluster/temporaryDirectory";
import { TestCa } from "../../../services/common/testing/testCa";

/** Names under which the program is called: by commands of pod templates, and by the entrypoints below. */
const names = ["peer", "orderer", "fabric-ca-server", "haproxy", "init", "serve"];

/** Imports the stand-in under references of images, as manifests spell them. */
export async function importStandIns(cluster: LocalCluster, references: string[], progress: Progress): Promise<void> {
  const node = `docker.io/library/node:${process.versions.node.split(".")[0]}`;
  await withSubstitute(node, progress, ({ layers }) =>
    withTemporaryDirectory(dirname(layers[0]!), async (work) => {
      const own = join(work, "stand-in.tar");
      await run("tar", ["--create", "--file", own, "--directory", await layOut(work), "--owner=0", "--group=0", "."]);
      const images = references.map((reference) => ({
        reference,
        layers: [...layers, own],
        configuration: { Env: [pathVariable], Entrypoint: entrypoint(reference) },
      }));
      await importLayers(cluster, images);
    }),
  );
}

function entrypoint(reference: string): string[] {
  if (reference.includes("/smoke-test:")) return ["/bin/true"];
  return [`/usr/local/bin/${reference.includes("/enrol:") ? "init" : "serve"}`];
}

async function layOut(work: string): Promise<string> {
  const root = join(work, "stand-in");
  const bin = join(root, "usr/local/bin");
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, "stand-in"));
  for (const name of names) {
    copyFileSync(join(__dirname, "standInProgram.cjs"), join(bin, name));
    chmodSync(join(bin, name), 0o755);
  }
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const ca = await TestCa.make("stand-in");
  writeFileSync(join(root, "stand-in/cert.pem"), await ca.issue(privateKey, "stand-in", ["stand-in"]));
  // Pods run as users of their own, and the key guards nothing.
  writeFileSync(join(root, "stand-in/key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o644 });
  return root;
}
