/** What is done with the Docker engine of this machine, if it has one. */
import { writeFileSync } from "node:fs";

import { LocalError } from "./localError";
import { CommandError, run, type RunOptions, tryRun } from "./run";

/** Whether a Docker engine answers. */
export async function dockerAnswers(): Promise<boolean> {
  const asked = tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 5000 });
  // Without docker it cannot even be asked.
  return (await asked.catch(() => ({ code: 1 }))).code === 0;
}

/** Runs `docker build` with these arguments. */
export async function dockerBuild(args: readonly string[], onLine?: RunOptions["onLine"]): Promise<void> {
  // Without attestations it is one plain image, which every containerd imports.
  await run("docker", ["build", ...args], { env: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" }, ...(onLine && { onLine }) });
}

/** The configuration of an image, in the words of OCI. */
export interface ImageConfiguration {
  Env: string[];
  Cmd: string[];
  ExposedPorts: Record<string, object>;
  Volumes: Record<string, object>;
}

/**
 * Makes an image of a folder of files and tells what a program in it prints, so that it can be named by that.
 *
 * @param root - its files, as they are in the image, on top of Debian's
 * @param ask - command line of the program
 * @param nameBy - gives the image its name
 * @returns the name
 * @throws {@link LocalError} when Docker fails, with what it says
 */
export async function imageOfFolder(
  root: string,
  { Env, Cmd, ExposedPorts, Volumes }: ImageConfiguration,
  ask: readonly string[],
  nameBy: (printed: { stdout: string; stderr: string }) => string,
): Promise<string> {
  const lines = [
    "FROM debian:bookworm-slim",
    "COPY . /",
    ...Env.map((variable) => `ENV ${variable}`),
    ...Object.keys(ExposedPorts).map((port) => `EXPOSE ${port}`),
    `VOLUME ${JSON.stringify(Object.keys(Volumes))}`,
    `CMD ${JSON.stringify(Cmd)}`,
  ];
  writeFileSync(`${root}.Dockerfile`, lines.join("\n"));
  const unnamed = "baas.local/unnamed:latest";
  try {
    await dockerBuild([`--file=${root}.Dockerfile`, `--tag=${unnamed}`, root]);
    const name = nameBy(await tryRun("docker", ["run", "--rm", unnamed, ...ask]));
    await run("docker", ["tag", unnamed, name]);
    return name;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new LocalError(error.message, "Correct that, then run this again.");
  }
}
