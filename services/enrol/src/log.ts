/** Lines for the person who reads the container's log. */

/** Writes one line for the person who reads the container's log. Never give it a secret, a key or a request body. */
export type Log = (line: string) => void;

/** Logs to standard output; kubectl adds the time (`--timestamps`). */
export const log: Log = (line) => {
  process.stdout.write(`${line}\n`);
};
