import { WriteStream } from "node:tty";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { progressTo, terminalProgress } from "./progress";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe("progress in a log", () => {
  function logged() {
    const lines: string[] = [];
    return { lines, progress: progressTo((line) => lines.push(line)) };
  }

  it("tells when a step begins, every 30 seconds how far it is, and how long it took", () => {
    const { lines, progress } = logged();
    progress.waiting("compiling kubernetes: 1 packages");
    vi.advanceTimersByTime(29_000);
    progress.waiting("compiling kubernetes: 512 packages");
    vi.advanceTimersByTime(1000);
    // The linker says nothing for minutes.
    vi.advanceTimersByTime(62_000);
    progress.done();
    expect(lines).toEqual([
      "compiling kubernetes: 1 packages",
      "compiling kubernetes: 512 packages (30 s)",
      "compiling kubernetes: 512 packages (60 s)",
      "compiling kubernetes: 512 packages (90 s)",
      "compiling kubernetes: 512 packages: took 92 s",
    ]);
  });

  it("tells details now and then, not whenever they change", () => {
    const { lines, progress } = logged();
    for (let step = 1; step <= 300; step++) {
      progress.waiting("building enrol:1", [`STEP ${step}: RUN npm ci`, "layers: 4"]);
      vi.advanceTimersByTime(100);
    }
    expect(lines).toEqual(["building enrol:1", "building enrol:1 (30 s)", "  STEP 300: RUN npm ci", "  layers: 4"]);
  });

  it("tells each step, and of short ones only the beginning", () => {
    const { lines, progress } = logged();
    for (const step of ["starting etcd", "waiting for the API server", "waiting for DNS"]) {
      progress.waiting(step);
      vi.advanceTimersByTime(step.includes("DNS") ? 2000 : 11_000);
    }
    progress.done();
    expect(lines).toEqual([
      "starting etcd",
      "starting etcd: took 11 s",
      "waiting for the API server",
      "waiting for the API server: took 11 s",
      "waiting for DNS",
    ]);
  });

  it("says nothing more once the work is done", () => {
    const { lines, progress } = logged();
    progress.waiting("starting etcd");
    progress.done();
    vi.advanceTimersByTime(120_000);
    progress.done();
    expect(lines).toEqual(["starting etcd"]);
  });

  it.each([
    ["a pipe", { isTTY: false }, "xterm"],
    ["a terminal that is dumb", { isTTY: true }, "dumb"],
  ])("is what goes to %s, without control characters", (_what, properties, term) => {
    vi.stubEnv("TERM", term);
    const { stream, text } = streamDouble(properties);
    const progress = terminalProgress(stream);
    progress.waiting("starting etcd", ["soon"]);
    vi.advanceTimersByTime(30_000);
    progress.line("created Pod a/b");
    expect(text()).toBe("starting etcd\nstarting etcd (30 s)\n  soon\ncreated Pod a/b\n");
  });
});

describe("progress on a terminal", () => {
  const up = (lines: number) => `\r\x1b[${lines}A\x1b[J`;

  beforeEach(() => {
    vi.stubEnv("TERM", "xterm");
    vi.stubEnv("NO_COLOR", "1");
    // Vitest forces colours for its own output; Node shows none under CI.
    vi.stubEnv("FORCE_COLOR", undefined);
    vi.stubEnv("CI", undefined);
  });

  it("is shown in place with its seconds, below lines that stay", () => {
    const { stream, text } = streamDouble({ isTTY: true });
    const progress = terminalProgress(stream);
    progress.waiting("3 of 20 ready", ["Pod a/b: image is pulled"]);
    vi.advanceTimersByTime(1000);
    progress.line("created Pod a/c");
    progress.done();
    vi.advanceTimersByTime(5000);
    const shown = (seconds: number) => `3 of 20 ready (${seconds} s)\n  Pod a/b: image is pulled\n`;
    expect(text()).toBe(`${shown(0)}${up(2)}${shown(1)}${up(2)}created Pod a/c\n${shown(1)}${up(2)}`);
  });

  it("takes no more room than the terminal has", () => {
    const { stream, text } = streamDouble({ isTTY: true, columns: 12, rows: 4 });
    terminalProgress(stream).waiting("waiting for all", ["one", "two", "three"]);
    expect(text()).toBe("waiting for\n  one\n");
  });

  it("is dim, unless NO_COLOR is set", () => {
    vi.stubEnv("NO_COLOR", undefined);
    const { stream, text } = streamDouble({ isTTY: true });
    terminalProgress(stream).waiting("starting etcd");
    expect(text()).toBe("\x1b[2mstarting etcd (0 s)\x1b[22m\n");
  });
});

function streamDouble(properties: Partial<NodeJS.WriteStream>) {
  let written = "";
  // styleText asks whether it is a stream, and how many colours it has.
  const stream = Object.assign(Object.create(process.stderr), {
    getColorDepth: WriteStream.prototype.getColorDepth,
    columns: 80,
    rows: 24,
    ...properties,
    write: (text: string) => ((written += text), true),
  }) as NodeJS.WriteStream;
  return { stream, text: () => written };
}
