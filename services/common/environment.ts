/** What programs in containers read from their environment. */
import { Failure } from "./failure";

/**
 * The value of a variable that must be set.
 *
 * @throws {@link Failure} for one that is not
 */
export function required(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  const value = environment[name]?.trim();
  if (!value) throw new Failure(`${name} is not set`, `Set ${name} in the container's env`);
  return value;
}

/** Host and port of `host:port`. An IPv6 address stands in brackets there, and without them in the answer. */
export function hostAndPort(text: string): { host: string; port: number } {
  const [, host, port] = /^(.*):(\d+)$/.exec(text) ?? [];
  if (host === undefined) throw new Failure(`"${text}" is no host with a port`);
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
