/** What is said of a next version. */
import type { NextVersion } from "../../src/session/protocol";

/** A version that may follow: the last number in it, one higher. */
export function followingVersion(version: string): string {
  const [, start = "", number] = /^(.*?)(\d+)\D*$/.exec(version) ?? [];
  return number === undefined ? `${version}.1` : `${start}${Number(number) + 1}`;
}

/** Name of the patch's file. */
export const patchName = (chaincode: string, version: string): string => `studio-${chaincode}-${version}.patch`;

/** The page about a next version, in Markdown. */
export function describeVersion({ version, files, diff, next }: NextVersion, file: string): string {
  return [
    `# Version ${version}`,
    "",
    `The patch is ${file}: download it from the Explorer (Download… in its menu). It changes:`,
    "",
    ...files.map((each) => `- ${each}`),
    "",
    "Nothing is changed on the network. In the repository, apply the patch and look at what it does:",
    "",
    "```console",
    ...next.map((command) => `$ ${command}`),
    "```",
    ...(diff === undefined ? [] : ["", "`./baas diff` says of it:", "", "```text", diff.trimEnd(), "```"]),
    "",
  ].join("\n");
}
