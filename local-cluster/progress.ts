/** How long work of the local cluster tells what it is doing, on a terminal or elsewhere. */
import { styleText } from "node:util";

/** Where a long piece of work reports what it is doing. */
export interface Progress {
  /** Something that stays on the screen: a step done, a warning. */
  line(text: string): void;
  /** What is being waited for now; on a terminal shown with its seconds until the next report. */
  waiting(text: string): void;
  /** Clears what {@link waiting} showed. */
  done(): void;
}

/** Progress as whole lines to a function, for callers that have their own display. */
export function progressTo(print: (line: string) => void): Progress {
  let last = "";
  return {
    line: print,
    waiting: (text) => {
      // The same wait is told once, whatever numbers change in it.
      const kind = text.replace(/\d+/g, "#");
      if (kind !== last) print(text);
      last = kind;
    },
    done: () => undefined,
  };
}

/**
 * Progress for people: on a terminal one live status line with the seconds it has taken, elsewhere a line for each new
 * thing being waited for. Colours only on a terminal and without `NO_COLOR`.
 */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return progressTo((line) => stream.write(`${line}\n`));
  const dim = (text: string): string => styleText("dim", text, { stream });
  let current = "";
  let since = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const clear = () => stream.write("\r\x1b[K");
  const draw = () => {
    const text = `${current} (${Math.round((Date.now() - since) / 1000)} s)`;
    clear();
    stream.write(dim(text.slice(0, (stream.columns || 80) - 1)));
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    clear();
  };
  return {
    line: (text) => {
      if (timer) clear();
      stream.write(`${text}\n`);
      if (timer) draw();
    },
    waiting: (text) => {
      if (text.replace(/\d+/g, "#") !== current.replace(/\d+/g, "#")) since = Date.now();
      current = text;
      timer ??= setInterval(draw, 1000).unref();
      draw();
    },
    done: () => {
      if (timer) stop();
    },
  };
}
