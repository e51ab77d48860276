import { describe, expect, test } from "vitest";

import { SortedJsonSerializer, toSortedJson } from "./sortedJson";

test("objects are written with sorted keys at every depth, arrays in their order", () => {
  const value = { b: [{ d: 1, c: null }, 2], a: { z: "é", y: undefined, x: true } };
  expect(toSortedJson(value)).toBe('{"a":{"x":true,"z":"é"},"b":[{"c":null,"d":1},2]}');
});

describe("the serializer", () => {
  const serializer = new SortedJsonSerializer();
  const argument = (type: string, sent: string) =>
    serializer.fromBuffer(Buffer.from(sent), { properties: { prop: { type } } }).value;

  test("writes objects sorted, and texts and truth values as they are", () => {
    const sent = (result: unknown) => serializer.toBuffer(result, {})?.toString();
    expect(sent({ b: 1, a: [] })).toBe('{"a":[],"b":1}');
    expect(sent("b")).toBe("b");
    expect(sent(false)).toBe("false");
    expect(sent(undefined)).toBeUndefined();
  });

  test.each(["", " ", "abc", "1 ", "0x10", "Infinity", "1,5"])("takes %j for no number", (sent) => {
    expect(argument("number", sent)).toBeNaN();
  });

  test.each([
    ["0", 0],
    ["-12", -12],
    ["1.5", 1.5],
    ["1e3", 1000],
  ])("takes %j for the number %d", (sent, number) => {
    expect(argument("number", sent)).toBe(number);
  });

  test("leaves texts alone", () => {
    expect(argument("string", " 12 ")).toBe(" 12 ");
  });
});
