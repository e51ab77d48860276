/** Structured logs: one JSON object a line. */

/** Severity, ascending. */
export const levels = ["debug", "info", "warn", "error"] as const;

/** Severity of a log line. */
export type Level = (typeof levels)[number];

/** Fields of a log line. Never give it a Secret, a key, a request or a response. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes structured log lines. */
export type Log = Readonly<Record<Level, (message: string, fields?: Fields) => void>>;

/** A log of one JSON object a line. */
export function jsonLog(lowest: Level, write: (line: string) => void = (line) => void process.stdout.write(line)): Log {
  const at =
    (level: Level) =>
    (message: string, fields: Fields = {}) => {
      if (levels.indexOf(level) < levels.indexOf(lowest)) return;
      write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
