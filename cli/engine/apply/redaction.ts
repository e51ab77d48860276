/** Removes secrets from output. */
import type { Progress } from "../../../local-cluster/progress";

/** Wraps a progress so that secrets are replaced in everything it reports. */
export function redacted(progress: Progress, secrets: readonly string[]): Progress {
  const clean = (text: string): string => redact(text, secrets);
  return {
    line: (text) => progress.line(clean(text)),
    waiting: (text, details) => progress.waiting(clean(text), details?.map(clean)),
    done: () => progress.done(),
  };
}

/** A text with every secret replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((result, secret) => result.replaceAll(secret, "[secret]"), text);
}
