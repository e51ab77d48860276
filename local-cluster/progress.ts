/** Reports the progress of long work, on a terminal or in a log. */
import { styleText } from "node:util";

/** How often a log repeats that a step still takes time. */
const logIntervalMs = 30_000;

/** A log does not report the end of shorter steps. */
const shortStepMs = 10_000;

/** Receives the progress of long work. */
export interface Progress {
  /** Prints a line that stays on the screen: a finished step, a warning. */
  line(text: string): void;
  /**
   * Shows the present step until the next report.
   *
   * @param text - name of the step; reports of the same step may differ in numbers only
   * @param details - lines about its progress
   */
  waiting(text: string, details?: readonly string[]): void;
  /** Ends the step of {@link waiting}. */
  done(): void;
}

/**
 * Progress on standard error, so that results can be piped. A terminal shows the present step in place, with its seconds; other
 * outputs get lines of a log. Colours appear only on a terminal and without `NO_COLOR`.
 */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const isLive = stream.isTTY && process.env.TERM !== "dumb";
  return isLive ? liveProgress(stream) : progressTo((line) => stream.write(`${line}\n`));
}

/**
 * Progress as lines of a log: when a step begins, every 30 seconds while it goes on, and at its end if it took 10 seconds or
 * more.
 */
export function progressTo(print: (line: string) => void): Progress {
  let step: Step | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = (current: Step): void => {
    print(`${current.text} (${current.seconds} s)`);
    for (const detail of current.details) print(`  ${detail}`);
  };
  const end = (): void => {
    clearInterval(timer);
    if (step && step.milliseconds >= shortStepMs) print(`${step.text}: took ${step.seconds} s`);
    step = undefined;
  };
  return {
    line: print,
    waiting: (text, details = []) => {
      if (step?.isSame(text)) return step.update(text, details);
      end();
      const begun = new Step(text, details);
      step = begun;
      timer = setInterval(() => tell(begun), logIntervalMs).unref();
      print(text);
    },
    done: end,
  };
}

function liveProgress(stream: NodeJS.WriteStream): Progress {
  let step: Step | undefined;
  let timer: NodeJS.Timeout | undefined;
  let shown = 0;
  const clear = (): void => {
    if (shown > 0) stream.write(`\r\x1b[${shown}A\x1b[J`);
    shown = 0;
  };
  const draw = (): void => {
    clear();
    if (!step) return;
    const width = (stream.columns || 80) - 1;
    const lines = [`${step.text} (${step.seconds} s)`, ...step.details.map((detail) => `  ${detail}`)];
    const fitting = lines.slice(0, Math.max(1, (stream.rows || 24) - 2));
    stream.write(fitting.map((line) => `${styleText("dim", line.slice(0, width), { stream })}\n`).join(""));
    shown = fitting.length;
  };
  return {
    line: (text) => {
      clear();
      stream.write(`${text}\n`);
      draw();
    },
    waiting: (text, details = []) => {
      if (step?.isSame(text)) step.update(text, details);
      else step = new Step(text, details);
      timer ??= setInterval(draw, 1000).unref();
      draw();
    },
    done: () => {
      clearInterval(timer);
      timer = undefined;
      step = undefined;
      clear();
    },
  };
}

/** A step of the work. */
class Step {
  private readonly since = Date.now();

  constructor(
    public text: string,
    public details: readonly string[],
  ) {}

  get milliseconds(): number {
    return Date.now() - this.since;
  }

  get seconds(): number {
    return Math.round(this.milliseconds / 1000);
  }

  /** Whether a text describes this step, apart from numbers. */
  isSame(text: string): boolean {
    return withoutNumbers(text) === withoutNumbers(this.text);
  }

  update(text: string, details: readonly string[]): void {
    this.text = text;
    this.details = details;
  }
}

function withoutNumbers(text: string): string {
  return text.replace(/\d+/g, "#");
}
