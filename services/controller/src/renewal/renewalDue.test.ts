import { describe, expect, it } from "vitest";

import { dueAt, type Holder, renewalDue } from "./renewalDue";

const minute = 60_000;
const day = 24 * 60 * minute;
const year = { what: "signing certificate", from: 0, until: 365 * day };
const key = "dev/peer0-org1";
const renewal = (more: Partial<Holder> = {}, now = Infinity) =>
  renewalDue({ key, certificates: [year], startedAt: 0, ...more }, now);

describe("a renewal", () => {
  it("is due between two thirds and 72 percent of a certificate's life, always at the same time for one node", () => {
    const nodes = Array.from({ length: 200 }, (_, n) => `dev/peer${n}-org1`);
    const shares = nodes.map((node) => dueAt(node, year) / year.until);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(2 / 3);
    expect(Math.max(...shares)).toBeLessThan(0.7167);
    expect(nodes.map((node) => dueAt(node, year) / year.until)).toEqual(shares);
  });

  it("is not due on one day for nodes that were made on one day", () => {
    const days = Array.from({ length: 200 }, (_, n) => Math.floor(dueAt(`dev/peer${n}-org1`, year) / day));
    const most = Math.max(...days.map((one) => days.filter((other) => other === one).length));
    expect(new Set(days).size).toBeGreaterThan(15);
    expect(most).toBeLessThan(30);
  });

  it("follows the certificate that is due first", () => {
    const later = { what: "TLS certificate", from: 30 * day, until: 395 * day };
    expect(renewal({ certificates: [later, year] })).toMatchObject({
      certificate: year,
      since: dueAt(key, year),
      restartAt: dueAt(key, year),
      tried: false,
      requested: false,
    });
  });

  it("is due for lives of minutes, too", () => {
    const short = { what: "TLS certificate", from: 0, until: 5 * minute };
    expect(renewal({ certificates: [short] })!.restartAt).toBeLessThan(3.6 * minute);
  });

  it("that a restart did not bring is tried again at once when somebody asks for it", () => {
    const startedAt = dueAt(key, year) + 10 * day;
    expect(renewal({ startedAt })!.restartAt).toBeGreaterThan(startedAt + day);
    const requestedAt = startedAt + minute;
    expect(renewal({ startedAt, requestedAt })).toMatchObject({
      restartAt: requestedAt,
      requested: true,
      tried: false,
    });
    const again = renewal({ startedAt: requestedAt + minute, requestedAt })!;
    expect(again).toMatchObject({ requested: false, tried: true });
    expect(again.restartAt).toBeGreaterThan(requestedAt + day);
  });

  it("that a restart did not bring is tried again after a wait that doubles, up to a week", () => {
    const since = dueAt(key, year);
    const waits: number[] = [];
    let startedAt = since + 1000;
    for (let n = 0; n < 16; n++) {
      const { tried, restartAt } = renewal({ startedAt })!;
      expect(tried).toBe(true);
      waits.push(restartAt - startedAt);
      startedAt = restartAt;
    }
    expect(waits.slice(0, 3).map((wait) => Math.round(wait / minute))).toEqual([10, 10, 20]);
    expect(waits.at(-1)).toBe(7 * day);
    const short = { what: "TLS certificate", from: 0, until: 10 * minute };
    const again = renewal({ certificates: [short], startedAt: dueAt(key, short) + 1 })!;
    expect(again.restartAt - again.since).toBeLessThan(0.2 * minute);
  });

  it("is never due of the last certificate before the root's end, which no renewal makes longer", () => {
    const last = { ...year, rootUntil: year.until };
    expect(renewal({ certificates: [last] })).toBeUndefined();
    expect(renewal({ certificates: [{ ...last, rootUntil: 400 * day }] })).toBeDefined();
  });

  it("is due at once when it is asked for, until the node has started with new certificates", () => {
    const requestedAt = 100 * day;
    expect(renewal({ requestedAt })).toMatchObject({ requested: true, since: requestedAt, tried: false });
    const startedAt = requestedAt + 1000;
    expect(renewal({ requestedAt, startedAt })).toMatchObject({ requested: true, tried: true });
    const renewed = { ...year, from: requestedAt - 4 * minute, until: requestedAt + 365 * day };
    const after = renewal({ requestedAt, startedAt, certificates: [renewed] })!;
    expect(after).toMatchObject({ requested: false, since: dueAt(key, renewed) });
  });

  it("is due once when it is asked for of a node whose certificates its CA does not know", () => {
    const requestedAt = 100 * day;
    const unknown = { certificates: [], startedAt: day };
    expect(renewal(unknown)).toBeUndefined();
    expect(renewal({ ...unknown, requestedAt })).toMatchObject({
      requested: true,
      tried: false,
      restartAt: requestedAt,
    });
    expect(renewal({ ...unknown, requestedAt, startedAt: requestedAt + 1 })).toBeUndefined();
    expect(renewal({ requestedAt, certificates: [{ ...year, rootUntil: year.until }] })).toBeUndefined();
  });

  it("is due at once of a certificate from before the clock was put back, whenever the node has started", () => {
    const certificates = [{ ...year, from: 100 * day, until: 465 * day }];
    const now = 50 * day;
    expect(renewal({ certificates, startedAt: 100 * day }, now)).toMatchObject({ restartAt: now, tried: false });
  });

  it("that was asked for is open until all certificates are new", () => {
    const requestedAt = 100 * day;
    const renewed = { ...year, from: requestedAt, until: requestedAt + 365 * day };
    const startedAt = requestedAt + 1000;
    expect(renewal({ requestedAt, startedAt, certificates: [renewed, year] })!.requested).toBe(true);
  });
});
