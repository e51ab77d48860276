import { expect, it } from "vitest";

import { definitionSpec } from "./definition";
import { identityDefinition } from "./identity";

const present = { name: "v1alpha1", storage: true };
const next = { name: "v1beta1", storage: false };

it("serves only the present version by default, which is stored", () => {
  const { versions } = definitionSpec(identityDefinition);
  expect(versions.map(({ name, served, storage }) => ({ name, served, storage }))).toEqual([
    { name: "v1alpha1", served: true, storage: true },
  ]);
});

it("serves all versions with one schema, so that the API server converts by the name alone", () => {
  const old = { ...present, storage: false, deprecationWarning: "write v1beta1" };
  const { versions } = definitionSpec({
    ...identityDefinition,
    versions: [{ ...next, storage: true }, old],
  });
  expect(versions.map(({ schema: _schema, additionalPrinterColumns: _columns, ...version }) => version)).toEqual([
    { name: "v1beta1", served: true, storage: true, subresources: { status: {} } },
    {
      name: "v1alpha1",
      served: true,
      storage: false,
      ...{ deprecated: true, deprecationWarning: "write v1beta1" },
      subresources: { status: {} },
    },
  ]);
  expect(versions[0]!.schema).toEqual(versions[1]!.schema);
});

it.each([
  ["two stored versions", [{ ...next, storage: true }, present], "Identity is not stored in one version"],
  ["no stored version", [next, { ...present, storage: false }], "Identity is not stored in one version"],
  ["not the version that is used", [{ ...next, storage: true }], "Identity does not serve v1alpha1"],
])("refuses %s", (_, versions, message) => {
  expect(() => definitionSpec({ ...identityDefinition, versions })).toThrow(message);
});
