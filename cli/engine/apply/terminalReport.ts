/** What apply and destroy show: lines that stay, and what is being waited for. */
import { styleText } from "node:util";

import type { Progress } from "../../../local-cluster/progress";

const plainInterval = 10_000;

/**
 * Progress for people. On a terminal what is waited for is shown in place; elsewhere as lines, every ten seconds.
 * Colours only on a terminal and without `NO_COLOR`.
 *
 * @param stream - where to; standard error by default, so that results can be piped
 */
export function terminalReport(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? onTerminal(stream) : asLines((text) => void stream.write(`${text}\n`));
}

function asLines(print: (text: string) => void): Progress {
  // The first wait is told after a moment: most are shorter.
  let next: number | undefined;
  return {
    line: print,
    waiting: (text) => {
      const now = Date.now();
      next ??= now + 3000;
      if (now < next) return;
      next = now + plainInterval;
      print(text);
    },
    done: () => (next = undefined),
  };
}

function onTerminal(stream: NodeJS.WriteStream): Progress {
  const dim = (text: string): string => styleText("dim", text, { stream });
  let shown = 0;
  const clear = (): void => {
    if (shown > 0) stream.write(`\r\x1b[${shown}A\x1b[J`);
    shown = 0;
  };
  return {
    line: (text) => {
      clear();
      stream.write(`${text}\n`);
    },
    waiting: (text) => {
      clear();
      const width = (stream.columns || 80) - 1;
      const lines = text.split("\n").slice(0, Math.max(1, (stream.rows || 24) - 2));
      stream.write(lines.map((line) => `${dim(line.slice(0, width))}\n`).join(""));
      shown = lines.length;
    },
    done: clear,
  };
}

/** The same progress with every secret text replaced, whatever brought it there. */
export function redacted(progress: Progress, secrets: readonly string[]): Progress {
  const clean = (text: string): string => redact(text, secrets);
  return {
    line: (text) => progress.line(clean(text)),
    waiting: (text) => progress.waiting(clean(text)),
    done: () => progress.done(),
  };
}

/** A text with every secret replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((result, secret) => result.replaceAll(secret, "[secret]"), text);
}
