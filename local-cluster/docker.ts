/** Uses the Docker engine of this machine, if it has one. */
import { readFileSync, writeFileSync } from "node:fs";

import { run, type RunOptions, runOrExplain, tryRun } from "./run";

/** Whether a Docker engine answers. */
export async function dockerAnswers(): Promise<boolean> {
  const asked = tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 5000 });
  // Fails if there is no docker program.
  return (await asked.catch(() => ({ code: 1 }))).code === 0;
}

/** Runs `docker build` with these arguments. */
export async function dockerBuild(args: readonly string[], onLine?: RunOptions["onLine"]): Promise<void> {
  // Without attestations the result is a single image, which every containerd can import.
  await run("docker", ["build", ...args], { env: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" }, ...(onLine && { onLine }) });
}

/** The configuration of an image, with the field names of OCI. */
export interface ImageConfiguration {
  Env: string[];
  Cmd: string[];
  ExposedPorts: Record<string, object>;
  Volumes: Record<string, object>;
}

/** What an image of a folder is made with. */
export interface FolderImage {
  configuration: ImageConfiguration;
  /** Command line of the program that tells its version. */
  ask: readonly string[];
  /** Returns the image's name for what that prints. */
  nameBy: (printed: { stdout: string; stderr: string }) => string;
  /** The image that the files are added to; plain Debian if absent. */
  base?: string;
}

/**
 * Builds an image from a folder of files, runs a program in it, and names the image by the program's output.
 *
 * @param root - folder of the files to add to those of the base, with their paths in the image
 * @returns the name
 * @throws {@link LocalError} when Docker fails, with its message
 */
export async function imageOfFolder(
  root: string,
  { configuration: { Env, Cmd, ExposedPorts, Volumes }, ask, nameBy, base = "debian:bookworm-slim" }: FolderImage,
): Promise<string> {
  const lines = [
    `FROM ${base}`,
    "COPY . /",
    ...Env.map((variable) => `ENV ${variable}`),
    ...Object.keys(ExposedPorts).map((port) => `EXPOSE ${port}`),
    ...(Object.keys(Volumes).length === 0 ? [] : [`VOLUME ${JSON.stringify(Object.keys(Volumes))}`]),
    `CMD ${JSON.stringify(Cmd)}`,
  ];
  writeFileSync(`${root}.Dockerfile`, lines.join("\n"));
  const idFile = `${root}.id`;
  return runOrExplain(async () => {
    // Until it is named, the image has only its ID: builds at the same time would share a name.
    await dockerBuild([`--file=${root}.Dockerfile`, `--iidfile=${idFile}`, root]);
    const id = readFileSync(idFile, "utf8").trim();
    const name = nameBy(await tryRun("docker", ["run", "--rm", id, ...ask]));
    await run("docker", ["tag", id, name]);
    return name;
  });
}
