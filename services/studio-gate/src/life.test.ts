import { describe, expect, it } from "vitest";

import { jsonLog } from "../../common/log";
import { ClosedMeanwhile, Life, type Session } from "./life";

/** A session whose pod is a list of what it was told. */
function session({ since }: { since?: Date } = {}) {
  const told: string[] = [];
  let now = 1_000_000;
  let running = since;
  let isAway = false;
  /** What a start waits for. */
  let ready = Promise.resolve();
  const double: Session = {
    start: async (lifeSeconds) => {
      told.push(`start for ${lifeSeconds} s`);
      await ready;
      if (isAway) throw new Error("it does not answer");
      running ??= new Date(now++);
      return running;
    },
    stop: () => {
      told.push("stop");
      if (isAway) return Promise.reject(new Error("it does not answer"));
      running = undefined;
      return Promise.resolve();
    },
    state: () => (isAway ? Promise.reject(new Error("it does not answer")) : Promise.resolve(running)),
  };
  const life = new Life({
    session: double,
    idleSeconds: 60,
    lifeSeconds: 600,
    began: () => void told.push("began"),
    ended: () => void told.push("ended"),
    log: jsonLog("error"),
    now: () => now,
  });
  const wait = (seconds: number): void => void (now += seconds * 1000);
  const away = (is: boolean): void => void (isAway = is);
  const held = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    ready = promise;
    return resolve;
  };
  return { life, told, wait, away, held, crash: (): void => void (running = undefined) };
}

describe("a session", () => {
  it("is started once, whoever opens it", async () => {
    const { life, told } = session();
    await Promise.all([life.open(), life.open()]);
    await life.open();
    expect(told).toEqual(["start for 600 s", "began"]);
    expect(life.state).toEqual({
      isOpen: true,
      since: new Date(1_000_000).toISOString(),
      until: new Date(1_600_000).toISOString(),
      windows: 0,
    });
  });

  it("ends when no window has been open for the time of idleness", async () => {
    const { life, told, wait } = session();
    await life.open();
    wait(59);
    await life.check();
    expect(life.isOpen).toBe(true);
    life.use();
    wait(60);
    await life.check();
    expect([life.isOpen, ...told]).toEqual([false, "start for 600 s", "began", "ended", "stop"]);
  });

  it("goes on while a window is open, and some time after it", async () => {
    const { life, wait } = session();
    await life.open();
    const close = life.openWindow();
    wait(300);
    await life.check();
    expect(life.isOpen).toBe(true);
    close();
    close();
    expect(life.state.windows).toBe(0);
    wait(59);
    await life.check();
    expect(life.isOpen).toBe(true);
    wait(1);
    await life.check();
    expect(life.isOpen).toBe(false);
  });

  it("ends at its longest life, whoever looks at it", async () => {
    const { life, wait } = session();
    await life.open();
    life.openWindow();
    wait(600);
    await life.check();
    expect(life.isOpen).toBe(false);
  });

  it("is over for the gate though its pod does not answer, which is told again", async () => {
    const { life, told, wait, away } = session();
    await life.open();
    away(true);
    await life.end("the command closes it");
    expect([life.isOpen, ...told]).toEqual([false, "start for 600 s", "began", "ended", "stop"]);
    wait(5);
    await life.check();
    expect([life.isOpen, told.length]).toEqual([false, 4]);
    away(false);
    await life.check();
    expect([life.isOpen, ...told.slice(4)]).toEqual([false, "stop"]);
    await life.check();
    expect([life.isOpen, told.length]).toEqual([false, 5]);
  });

  it("begins anew where the one before has not heard of its end", async () => {
    const { life, told, wait, away } = session();
    await life.open();
    const { since } = life.state;
    away(true);
    wait(600);
    await life.check();
    away(false);
    await life.open();
    expect(told).toEqual([
      "start for 600 s",
      "began",
      "ended",
      "stop",
      "start for 600 s",
      "stop",
      "start for 600 s",
      "began",
    ]);
    expect(life.state.since).not.toBe(since);
    await life.check();
    expect(life.isOpen).toBe(true);
  });

  it("that is closed while it opens ends, and nobody is let in", async () => {
    const { life, told, held } = session();
    const begin = held();
    const opened = Promise.allSettled([life.open(), life.open()]);
    const closed = life.end("the command closes it");
    begin();
    await closed;
    const refused = { status: "rejected", reason: new ClosedMeanwhile() };
    expect(await opened).toEqual([refused, refused]);
    expect([life.isOpen, ...told]).toEqual([false, "start for 600 s", "ended", "stop"]);
  });

  it("that is opened again after that begins anew", async () => {
    const { life, told, held } = session();
    const begin = held();
    const opened = life.open();
    const closed = life.end("the command closes it");
    const again = life.open();
    begin();
    await closed;
    await expect(opened).rejects.toThrow("The session was closed while it was opening.");
    await again;
    expect(life.isOpen).toBe(true);
    expect(told).toEqual(["start for 600 s", "ended", "stop", "start for 600 s", "began"]);
  });

  it("that is closed while its pod does not answer does not begin when it does", async () => {
    const { life, told, away } = session();
    away(true);
    const opened = life.open();
    const closed = life.end("the command closes it");
    await closed;
    await expect(opened).rejects.toThrow(ClosedMeanwhile);
    away(false);
    await life.check();
    expect([life.isOpen, ...told]).toEqual([false, "start for 600 s", "ended"]);
  });

  it("that runs without the gate's knowledge is closed, too", async () => {
    const { life, told } = session({ since: new Date(900_000) });
    await life.end("the command closes it");
    expect([life.isOpen, ...told]).toEqual([false, "began", "ended", "stop"]);
  });

  it("is over when what ran in it has ended", async () => {
    const { life, told, crash } = session();
    await life.open();
    await life.check();
    expect(life.isOpen).toBe(true);
    crash();
    await life.check();
    expect([life.isOpen, ...told]).toEqual([false, "start for 600 s", "began", "ended", "stop"]);
  });

  it("that began before the gate did goes on with its age, as soon as it answers", async () => {
    const since = new Date(1_000_000 - 500_000);
    const { life, told, wait, away } = session({ since });
    away(true);
    await life.check();
    expect([life.isOpen, ...told]).toEqual([false]);
    away(false);
    await life.check();
    expect([life.state.since, ...told]).toEqual([since.toISOString(), "began"]);
    life.openWindow();
    wait(100);
    await life.check();
    expect(life.isOpen).toBe(false);
  });

  it("is not there when it does not run", async () => {
    const { life, told } = session();
    await life.check();
    expect([life.isOpen, ...told]).toEqual([false]);
  });

  it("lives no longer by saying that it begins tomorrow", async () => {
    const { life, wait } = session({ since: new Date(1_000_000 + 86_400_000) });
    await life.check();
    life.openWindow();
    wait(600);
    await life.check();
    expect(life.isOpen).toBe(false);
  });
});
