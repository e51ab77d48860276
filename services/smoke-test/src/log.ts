/** Structured log lines. */

/** Severity of a log line. */
export type Level = "info" | "warn" | "error";

/** Fields of a log line. Never give it a key. */
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** Writes structured log lines. */
export type Log = (level: Level, message: string, fields?: Fields) => void;

/** A log of one JSON object a line. */
export function jsonLog(write: (line: string) => void = (line) => void process.stdout.write(line)): Log {
  return (level, message, fields = {}) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").trim();
}
