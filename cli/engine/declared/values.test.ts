import { inspect } from "node:util";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { keepFields, parsePath } from "./propertyPaths";
import { decode, encode, formatPath, isUnknown, leaves, mask, reveal, Secret, unknownValue } from "./values";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";

describe("values on the wire", () => {
  const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));

  test("plain values come back as they went", () => {
    fc.assert(fc.property(plain, (value) => void expect(encode(decode(value))).toEqual(value)));
  });

  test("an unknown value is UNKNOWN, at any depth", () => {
    expect(decode({ a: [unknown] })).toEqual({ a: [unknownValue] });
    expect(encode({ a: [unknownValue] })).toEqual({ a: [unknown] });
  });

  test("a secret is wrapped, also around an unknown value, and once only", () => {
    const wire = { [signature]: "1b47061264138c4ac30d75fd1eb44270", value: unknown };
    const decoded = decode({ data: wire }) as { data: Secret };
    expect(decoded.data).toBeInstanceOf(Secret);
    expect(isUnknown(decoded.data)).toBe(true);
    expect(encode(decoded)).toEqual({ data: wire });
    expect(new Secret(new Secret("x")).content()).toBe("x");
  });

  test("a reference to a resource is its ID, or its URN when it has none", () => {
    const reference = { [signature]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:x" };
    expect(decode({ ...reference, id: "dev/map" })).toBe("dev/map");
    expect(decode({ ...reference, id: "" })).toBe(unknownValue);
    expect(decode({ ...reference, id: unknown })).toBe(unknownValue);
    expect(decode(reference)).toBe("urn:x");
  });

  test("an output value is its value, unknown without one, secret when it says so", () => {
    const output = { [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
    expect(decode({ ...output, value: 1, dependencies: ["urn:x"] })).toBe(1);
    expect(decode(output)).toBe(unknownValue);
    expect((decode({ ...output, value: "x", secret: true }) as Secret).content()).toBe("x");
  });

  test("assets and archives keep what they are made of", () => {
    expect(decode({ [signature]: "c44067f5952c0a294b673a41bacd8c17", path: "a.txt" })).toEqual({
      asset: { path: "a.txt" },
    });
    expect(decode({ [signature]: "0def7320c3a5731c473e5ecbe6d01bc7", path: "a.zip" })).toEqual({
      archive: { path: "a.zip" },
    });
  });

  test("a signature that nobody knows is an error, not a value", () => {
    expect(() => decode({ [signature]: "new" })).toThrow("unknown signature new");
  });
});

describe("a secret", () => {
  test("shows its content to nobody who does not ask for it", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6 }).map((text) => `<${text}>`),
        (content) => {
          const value = { list: [new Secret(content)] };
          const shown = [JSON.stringify(value), inspect(value, { depth: 9, showHidden: true }), `${value.list[0]}`];
          shown.push(JSON.stringify(mask(value)), inspect(value, { customInspect: false, depth: 9, showHidden: true }));
          expect(shown.join()).not.toContain(content);
          expect(reveal(value)).toEqual({ list: [content] });
        },
      ),
    );
  });

  test("is opened up by leaves(), which says so", () => {
    expect([...leaves({ a: new Secret({ b: ["x", unknownValue] }), c: 1 })]).toEqual([
      { path: ["a", "b", 0], value: "x", secret: true },
      { path: ["a", "b", 1], value: unknownValue, secret: true },
      { path: ["c"], value: 1, secret: false },
    ]);
  });
});

describe("paths", () => {
  test("are written as Pulumi writes them", () => {
    expect(formatPath(["spec", "containers", 0, "image"])).toBe("spec.containers[0].image");
    expect(formatPath(["metadata", "annotations", "pulumi.com/waitFor"])).toBe(
      'metadata.annotations["pulumi.com/waitFor"]',
    );
    expect(formatPath([])).toBe("");
  });

  test("read back as they were written", () => {
    const part = fc.oneof(
      fc.string({ minLength: 1 }).filter((text) => text !== "*"),
      fc.nat(999),
    );
    fc.assert(fc.property(fc.array(part), (path) => void expect(parsePath(formatPath(path))).toEqual(path)));
  });

  test("keep what lies below them, with * for any part", () => {
    const [wanted, live] = [
      { env: 1, image: 1 },
      { env: 2, image: 2 },
    ].map((one) => ({ list: [one], other: one }));
    expect(keepFields(wanted, live, ["list[*].env"])).toEqual({ list: [{ env: 2, image: 1 }], other: wanted!.other });
    expect(keepFields(wanted, {}, ["other.env", "none.at.all"])).toEqual({ list: wanted!.list, other: { image: 1 } });
  });
});
