/** Settings from environment variables and mounted files. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

import { type CaName, caNamesOf, type CaScope, caVariables } from "../../../model/contracts/certificateAuthority";
import { enrolVariables } from "../../../model/contracts/enrolment";
import { Failure } from "../../common/failure";
import { readIfThere } from "../../common/wholeFiles";

/** The program was given a configuration that it cannot work with. */
export class ConfigurationFailure extends Failure {
  override name = "ConfigurationFailure";
}

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable that must be set. */
export function required(environment: Environment, name: string): string {
  const value = environment[name]?.trim();
  if (!value) throw new ConfigurationFailure(`${name} is not set`, `Set ${name} in the container's env`);
  return value;
}

/** The value of a variable that has a default. */
export function optional(environment: Environment, name: string, otherwise: string): string {
  return environment[name]?.trim() || otherwise;
}

/** A whole number of seconds that is not negative, in milliseconds. */
export function secondsOf(environment: Environment, name: string, otherwise: number): number {
  const text = optional(environment, name, String(otherwise));
  // A certificate may live a year.
  if (!/^\d{1,8}$/.test(text)) {
    throw new ConfigurationFailure(`${name} is "${text}"`, "Give a whole number of seconds, 0 for no limit");
  }
  return Number(text) * 1000;
}

/** The time between two rounds of an endless loop: seconds above zero, in milliseconds. */
export function intervalOf(environment: Environment, name: string, otherwise: number): number {
  const text = optional(environment, name, String(otherwise));
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text) || Number(text) === 0) {
    throw new ConfigurationFailure(`${name} is "${text}"`, "Give seconds above zero, such as 2 or 0.5");
  }
  return Number(text) * 1000;
}

const dnsName = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** A comma-separated list of DNS names and IP addresses, each once, in their order. */
export function hostsOf(environment: Environment, name: string): string[] {
  const hosts = required(environment, name)
    .split(",")
    .map((host) => host.trim())
    .filter((host) => host !== "");
  const wrong = hosts.find((host) => isIP(host) === 0 && (host.length > 253 || !dnsName.test(host)));
  if (wrong !== undefined || hosts.length === 0) {
    throw new ConfigurationFailure(
      `${name} has "${wrong ?? ""}", which is neither a DNS name nor an IP address`,
      "Give names separated by commas, without ports",
    );
  }
  return [...new Set(hosts)];
}

/** The time in a mounted file, in milliseconds since 1970; undefined if there is no such file, or no time in it. */
export function mountedTime(directory: string, key: string): number | undefined {
  return Date.parse(readIfThere(join(directory, key))?.trim() ?? "") || undefined;
}

/** The text of a mounted file, without white space at its ends; `what` says where it comes from. */
export function mounted(directory: string, key: string, what: string): string {
  const path = join(directory, key);
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "error";
    throw new ConfigurationFailure(`Cannot read ${path} (${code})`, `Mount ${what} at ${directory}`);
  }
  if (text === "") throw new ConfigurationFailure(`${path} is empty`, `Give ${what} a value for key ${key}`);
  return text;
}

/** Whose CAs the server has. */
export function scopeOf(environment: Environment): CaScope {
  const scope = optional(environment, caVariables.scope, "organization");
  if (Object.hasOwn(caNamesOf, scope)) return scope as CaScope;
  throw new ConfigurationFailure(
    `${caVariables.scope} is "${scope}"`,
    `Give one of ${Object.keys(caNamesOf).join(", ")}`,
  );
}

/** The one CA that a certificate is wanted from; undefined for both of the organization. */
export function caNameOf(environment: Environment): CaName | undefined {
  const name = environment[enrolVariables.caName]?.trim();
  if (!name) return undefined;
  const known: readonly CaName[] = Object.values(caNamesOf).flat();
  const found = known.find((each) => each === name);
  if (found) return found;
  throw new ConfigurationFailure(`${enrolVariables.caName} is "${name}"`, `Give one of ${known.join(", ")}`);
}
