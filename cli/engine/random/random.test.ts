import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { isUnknown, Secret } from "../declared/values";
import { registration } from "../testing/fixture";
import { randomAnswer } from "./randomResources";
import { randomFile, RandomStore } from "./randomStore";
import { randomIdentifier, randomIntegerBetween, randomName, randomText } from "./randomValues";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-random-"));
  file = randomFile(dir, "dev");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const passwordType = "random:index/randomPassword:RandomPassword";

function ask(type: string, inputs: Record<string, unknown>, options = {}, dryRun = false) {
  return randomAnswer(registration(type, "password", inputs, options), new RandomStore(file), dryRun);
}

function valueOf(answer: { outputs: Record<string, unknown> }, key = "result"): unknown {
  const value = answer.outputs[key];
  expect(value).toBeInstanceOf(Secret);
  return (value as Secret).content();
}

describe("a random text", () => {
  const min = fc.nat(5);
  test("has the length, the minimum of each kind, and only characters that are allowed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 60 }), min, min, min, min, fc.boolean(), (length, a, b, c, d, special) => {
        const mins = { minUpper: a, minLower: b, minNumeric: c, ...(special && { minSpecial: d }) };
        const text = randomText({ length, special, ...mins, overrideSpecial: "_-" });
        const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
        expect(text).toHaveLength(length);
        expect(text).toMatch(special ? /^[A-Za-z0-9_-]+$/ : /^[A-Za-z0-9]+$/);
        expect(count(/[A-Z]/g)).toBeGreaterThanOrEqual(a);
        expect(count(/[a-z]/g)).toBeGreaterThanOrEqual(b);
        expect(count(/[0-9]/g)).toBeGreaterThanOrEqual(c);
        if (special) expect(count(/[_-]/g)).toBeGreaterThanOrEqual(d);
      }),
    );
  });

  test("does not start with the kinds that have a minimum", () => {
    const texts = Array.from({ length: 50 }, () => randomText({ length: 4, minUpper: 1, upper: true }));
    expect(texts.some((text) => !/^[A-Z]/.test(text))).toBe(true);
  });

  test.each([
    [{ length: 0 }, "length is 0; it must be 1 or more"],
    [{ length: 3, minUpper: 2, minNumeric: 2 }, "length is 3; minUpper, minLower, minNumeric and minSpecial ask for 4"],
    [{ length: 3, upper: false, lower: false, number: false, special: false }, "are all false"],
  ])("is refused when there can be none: %j", (args, message) => {
    expect(() => randomText(args)).toThrow(message);
  });
});

describe("other random values", () => {
  test("are spelled as their resources spell them", () => {
    const { id, outputs } = randomIdentifier(8, "p-");
    const bytes = Buffer.from(id, "base64url");
    expect(bytes).toHaveLength(8);
    expect(outputs).toEqual({
      b64Std: `p-${bytes.toString("base64")}`,
      b64Url: `p-${id}`,
      dec: `p-${BigInt(`0x${bytes.toString("hex")}`)}`,
      hex: `p-${bytes.toString("hex")}`,
    });
    expect(randomName(3, "_", "a")).toMatch(/^a(_[a-z]+){3}$/);
  });

  test("include both bounds", () => {
    const seen = new Set(Array.from({ length: 100 }, () => randomIntegerBetween(-1, 1)));
    expect([...seen].sort()).toEqual([-1, 0, 1]);
    expect(() => randomIntegerBetween(2, 1)).toThrow("min is 2 and max is 1");
  });
});

describe("a random resource", () => {
  test("is unknown in a dry run, which keeps nothing", () => {
    const { id, outputs } = ask(passwordType, { length: 12 }, {}, true);
    expect(id).toBe("");
    expect(Object.keys(outputs)).toEqual(["result", "bcryptHash"]);
    expect(Object.values(outputs).every((value) => value instanceof Secret && isUnknown(value))).toBe(true);
    expect(existsSync(join(dir, ".baas"))).toBe(false);
  });

  test("is made once and then kept, whatever the order of its inputs", () => {
    const first = valueOf(ask(passwordType, { length: 12, keepers: { a: "1", b: "2" } }));
    expect(valueOf(ask(passwordType, { keepers: { b: "2", a: "1" }, length: 12 }))).toBe(first);
  });

  test.each([{ length: 13 }, { length: 12, keepers: { a: "2" } }, { length: 12, special: false }])(
    "is made anew for other inputs: %j",
    (inputs) => {
      const first = valueOf(ask(passwordType, { length: 12, keepers: { a: "1" } }));
      expect(valueOf(ask(passwordType, inputs))).not.toBe(first);
    },
  );

  test("moves with its resource to another name", () => {
    const first = valueOf(ask(passwordType, { length: 12 }));
    const formerUrn = registration(passwordType, "password").urn;
    const renamed = registration(passwordType, "renamed", { length: 12 }, { aliases: [formerUrn] });
    expect(valueOf(randomAnswer(renamed, new RandomStore(file), false))).toBe(first);
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8")).values)).toEqual([renamed.urn]);
  });

  test.each([
    ["randomString:RandomString", { length: 9 }, "result", /^.{9}$/],
    ["randomBytes:RandomBytes", { length: 3 }, "hex", /^[0-9a-f]{6}$/],
    ["randomId:RandomId", { byteLength: 4 }, "hex", /^[0-9a-f]{8}$/],
    ["randomUuid:RandomUuid", {}, "result", /^[0-9a-f-]{36}$/],
  ])("exists as random:index/%s", (type, inputs, key, pattern) => {
    expect(valueOf(ask(`random:index/${type}`, inputs), key)).toMatch(pattern);
  });

  test("is named in the message when it cannot be made", () => {
    expect(() => ask(passwordType, { length: 0 })).toThrow('"password": length is 0; it must be 1 or more');
    expect(() => ask("random:index/randomShuffle:RandomShuffle", {})).toThrow(
      '"password": baas does not support random values of type random:index/randomShuffle:RandomShuffle',
    );
  });
});

describe("the store of random values", () => {
  test("may be read by its owner only, also after its mode was lost", () => {
    ask(passwordType, { length: 12 });
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect([mode(file), mode(dirname(file))]).toEqual(["600", "700"]);
    chmodSync(file, 0o644);
    ask(passwordType, { length: 12 });
    expect(mode(file)).toBe("600");
    expect(readdirSync(dirname(file))).toEqual(["dev.json"]);
  });

  test("never starts over when it cannot be read", () => {
    ask(passwordType, { length: 12 });
    for (const damage of ["{", '{"version":2,"values":{}}', "[]"]) {
      writeFileSync(file, damage);
      expect(() => ask(passwordType, { length: 12 })).toThrow(
        `${file} holds the stack's random values and cannot be read`,
      );
      expect(readFileSync(file, "utf8")).toBe(damage);
    }
  });
});
