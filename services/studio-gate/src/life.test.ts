import { describe, expect, it } from "vitest";

import { jsonLog } from "../../common/log";
import { Life, type Session } from "./life";

/** A session whose pod is a list of what it was told. */
function session({ since, fails = false }: { since?: Date; fails?: boolean } = {}) {
  const told: string[] = [];
  let now = 1_000_000;
  let running = since;
  const double: Session = {
    start: () => {
      told.push("start");
      running = new Date(now);
      return Promise.resolve(running);
    },
    stop: () => {
      told.push("stop");
      running = undefined;
      return fails ? Promise.reject(new Error("it does not answer")) : Promise.resolve();
    },
    state: () => Promise.resolve(running),
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
  return { life, told, wait, crash: (): void => void (running = undefined) };
}

describe("a session", () => {
  it("is started once, whoever opens it", async () => {
    const { life, told } = session();
    await Promise.all([life.open(), life.open()]);
    await life.open();
    expect(told).toEqual(["start", "began"]);
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
    expect([life.isOpen, ...told]).toEqual([false, "start", "began", "ended", "stop"]);
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

  it("is over for the gate though its pod does not answer, and can begin again", async () => {
    const { life, told } = session({ fails: true });
    await life.open();
    await life.end("the command closes it");
    expect([life.isOpen, ...told]).toEqual([false, "start", "began", "ended", "stop"]);
    await life.open();
    expect(life.isOpen).toBe(true);
  });

  it("is over when its container was started anew", async () => {
    const { life, told, crash } = session();
    await life.open();
    await life.check();
    expect(life.isOpen).toBe(true);
    crash();
    await life.check();
    expect([life.isOpen, ...told]).toEqual([false, "start", "began", "ended", "stop"]);
  });

  it("that began before the gate did goes on with its age", async () => {
    const since = new Date(1_000_000 - 500_000);
    const { life, told, wait } = session({ since });
    await life.adopt();
    expect([life.state.since, ...told]).toEqual([since.toISOString(), "began"]);
    life.openWindow();
    wait(100);
    await life.check();
    expect(life.isOpen).toBe(false);
  });

  it("is not adopted when it does not run", async () => {
    const { life, told } = session();
    await life.adopt();
    expect([life.isOpen, ...told]).toEqual([false]);
  });
});
