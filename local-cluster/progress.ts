/** How long work tells what it is doing, on a terminal or in a log. */
import { styleText } from "node:util";

/** How often a log is told that the same thing is still being waited for. */
const logIntervalMs = 30_000;

/** Steps that took less are not mentioned in a log at their end. */
const shortStepMs = 10_000;

/** Where a long piece of work reports what it is doing. */
export interface Progress {
  /** Something that stays on the screen: a step done, a warning. */
  line(text: string): void;
  /**
   * What is being done or waited for now, until the next report.
   *
   * @param text - of the same step only the numbers change
   * @param details - how far it is, in lines, as often as something changes
   */
  waiting(text: string, details?: readonly string[]): void;
  /** Ends what {@link waiting} began. */
  done(): void;
}

/**
 * Progress for people, on standard error so that results can be piped: on a terminal what is waited for is shown in place,
 * with its seconds; elsewhere as lines of a log. Colours only on a terminal and without `NO_COLOR`.
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

/** Something that is being done, or waited for. */
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

  /** Whether a text tells of this step, whatever numbers change in it. */
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
