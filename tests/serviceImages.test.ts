/** The images of services: that their Dockerfiles take from the repository what the programs are built from, and no more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";

import { describe, expect, it } from "vitest";

import { contextFiles } from "../components/kubernetes/contextHash";
import { copyInstructions } from "../components/kubernetes/copyInstructions";
import { tryRun } from "../local-cluster/run";

const repository = join(__dirname, "..");
const services = readdirSync(join(repository, "services")).filter((name) =>
  existsSync(join(repository, "services", name, "Dockerfile")),
);

it("every service is one image", () => {
  expect(services).toEqual([
    ...["api", "controller", "debug-relay", "enrol"],
    ...["ethereum-node", "ethereum-smoke-test", "rpc", "smoke-test", "studio", "studio-gate"],
  ]);
});

describe.each(services)("the image of %s", (service) => {
  const folder = `services/${service}`;
  const dockerfile = readFileSync(join(repository, folder, "Dockerfile"), "utf8");
  const files = contextFiles(repository, `${folder}/Dockerfile`);

  it("is built from no other service's files, so that no edit of these changes it", () => {
    const others = files.filter((file) => file.startsWith("services/") && !file.startsWith(`${folder}/`));
    expect(others.filter((file) => !file.startsWith("services/common/"))).toEqual([]);
  });

  it("is built from no test and no double", () => {
    expect(files.filter((file) => /\.test\.|(^|\/)(testing|testdata)[./]/.test(file))).toEqual([]);
  });

  it("can be built from what its Dockerfile copies, and then starts", async () => {
    const root = mkdtempSync(join(tmpdir(), "baas-image-"));
    try {
      const workdir = join(root, /^WORKDIR (\S+)$/m.exec(dockerfile)![1]!);
      copyFiles(dockerfile, files, root);
      linkPackages(workdir);
      expect(await tryRun(process.execPath, ["build.mjs"], { cwd: workdir })).toMatchObject({ code: 0, stderr: "" });
      const results = /^COPY --from=build (.*) \S+$/m.exec(dockerfile)![1]!.split(" ");
      expect(results.filter((path) => !existsSync(join(root, path)))).toEqual([]);
      const dist = join(workdir, "dist");
      for (const file of readdirSync(dist).filter((name) => /\.[cm]js$/.test(name))) {
        const program = file.startsWith("main.") ? service : `${service} ${file}`;
        expect(await firstWords(join(dist, file)), file).toMatch(firstLines[program] ?? /^$/);
      }
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

/** The first messages of the programs without their prerequisites; parts that are loaded later print nothing. */
const firstLines: Record<string, RegExp> = {
  api: /"message":"the variable API_SETTINGS names no file"/,
  controller: /"message":"(waiting for the API server|cannot renew the lease)"/,
  "debug-relay": /"message":"DEBUG_RELAY_TLS_DIR is not set\. Set DEBUG_RELAY_TLS_DIR in the container's env\."/,
  enrol: /^baas-enrol: No command given\./,
  "ethereum-node": /^baas-ethereum-node: ETHEREUM_CLIENT is not set\./,
  "ethereum-smoke-test": /"message":"Reading SMOKE_TEST_CHAIN_ID failed/,
  rpc: /"message":"the variable RPC_SETTINGS names no file"/,
  "smoke-test": /"message":"Reading SMOKE_TEST_MSP_ID failed/,
  studio: /"message":"STUDIO_LISTEN is not set\. Set STUDIO_LISTEN in the container's env\."/,
  "studio session.mjs": /"message":"STUDIO_SESSION_SETTINGS is not set\. /,
  "studio-gate": /"message":"the variable STUDIO_GATE_SETTINGS names no file"/,
};

/** Starts a program without any configuration, and waits for output or its end. */
async function firstWords(program: string): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", METRICS_PORT: "0", HEALTH_PORT: "0" };
  const child = spawn(process.execPath, [program], {
    env: { ...env, SMOKE_TEST_MESSAGE_FILE: "/dev/null" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const ended = once(child, "close");
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("\n")) child.kill("SIGKILL");
    });
  }
  await ended;
  return said;
}

/** Executes the COPY lines of a Dockerfile, with a folder in place of the image's root. */
function copyFiles(dockerfile: string, files: readonly string[], root: string): void {
  const workdir = /^WORKDIR (\S+)$/m.exec(dockerfile)![1]!;
  for (const { sources, destination } of copyInstructions(dockerfile)!) {
    for (const source of sources) {
      for (const file of files.filter((file) => file === source || file.startsWith(`${source}/`))) {
        // COPY keeps the name of a file, but not of a folder.
        const name = file === source ? posix.basename(file) : posix.relative(source, file);
        const target = join(root, posix.resolve(workdir, destination), name);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(join(repository, file), target);
      }
    }
  }
}

/** Gives a service the packages that its lock file names, as `npm ci` does. */
function linkPackages(folder: string): void {
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  for (const path of Object.keys(packages).filter((path) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path))) {
    if (!existsSync(join(repository, path))) continue; // For another platform.
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(repository, path), join(folder, path));
  }
}
