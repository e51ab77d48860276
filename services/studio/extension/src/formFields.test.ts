import { expect, it } from "vitest";

import type { JsonSchema } from "../../src/session/protocol";
import { fieldsOf, readFields, readFreeArguments, readTransient } from "./formFields";

const schemas: Record<string, JsonSchema> = {
  Asset: {
    type: "object",
    properties: { id: { type: "string" }, value: { type: "number" }, owner: { $ref: "#/components/schemas/Owner" } },
  },
  Owner: { type: "object", properties: { name: { type: "string" }, assets: { type: "array" } } },
  Loop: { type: "object", properties: { next: { $ref: "Loop" } } },
};

it("makes a field of each schema", () => {
  const fields = fieldsOf(
    [
      { name: "id", schema: { type: "string", description: "its name" } },
      { name: "value", schema: { type: "integer", minimum: 1 } },
      { name: "isNew", schema: { type: "boolean" } },
      { name: "colour", schema: { enum: ["red", "green"] } },
      { name: "asset", schema: { $ref: "#/components/schemas/Asset" } },
      { name: "tags", schema: { type: "array" } },
      { name: "whatever", schema: {} },
    ],
    schemas,
  );
  expect(fields.map(({ name, kind, type, initial }) => [name, kind, type, initial])).toEqual([
    ["id", "text", "string", ""],
    ["value", "number", "integer", ""],
    ["isNew", "boolean", "boolean", "false"],
    ["colour", "choice", "any", "red"],
    ["asset", "json", "Asset", JSON.stringify({ id: "", value: 0, owner: { name: "", assets: [] } }, undefined, 2)],
    ["tags", "json", "array", "[]"],
    ["whatever", "text", "any", ""],
  ]);
  expect(fields[0]!.description).toBe("its name");
});

it("takes a schema that contains itself, and one that is not there", () => {
  const [loop, missing] = fieldsOf(
    [
      { name: "loop", schema: { $ref: "Loop" } },
      { name: "missing", schema: { $ref: "#/components/schemas/toString" } },
    ],
    schemas,
  );
  expect([loop!.kind, missing!.initial]).toEqual(["json", "{}"]);
});

it("reads arguments in the order of the fields", () => {
  const fields = fieldsOf([
    { name: "b", schema: { type: "number" } },
    { name: "a", schema: { type: "string" } },
  ]);
  expect(readFields(fields, { a: " x ", b: " 1.5 " })).toEqual({ arguments: ["1.5", " x "] });
});

it.each([
  [{ type: "number" }, "", "is no number"],
  [{ type: "number" }, "1e999", "is no number"],
  [{ type: "integer" }, "1.5", "is no whole number"],
  [{ type: "integer", minimum: 2 }, "1", "is less than 2"],
  [{ type: "integer", maximum: 2 }, "3", "is more than 2"],
  [{ type: "object" }, "{", "is no JSON"],
])("says what is wrong with an input for %j: %s", (schema, input, mistake) => {
  expect(readFields(fieldsOf([{ name: "x", schema }]), { x: input })).toEqual({ mistakes: { x: mistake } });
});

it("reads arguments of a function that is not described", () => {
  expect(readFreeArguments("")).toEqual([]);
  expect(readFreeArguments("a\nb c")).toEqual(["a", "b c"]);
  expect(readFreeArguments('["a", 5, {"b": true}]')).toEqual(["a", "5", '{"b":true}']);
});

it("reads transient data", () => {
  expect(readTransient("price = 7\n\nnote=a=b")).toEqual({ price: " 7", note: "a=b" });
  expect(readTransient("price")).toEqual({ mistake: "write name=value, one a line" });
});
