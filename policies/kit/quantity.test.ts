import { expect, it } from "vitest";

import { quantity } from "../../model/contracts/quantity";
import { settingQuantity } from "./quantity";

it.each([
  ["0", 0],
  [2, 2],
  [0.5, 0.5],
  ["250m", 0.25],
  ["1.5", 1.5],
  [".5", 0.5],
  ["1.", 1],
  ["+1", 1],
  ["100u", 1e-4],
  ["5n", 5e-9],
  ["1e3", 1000],
  ["1E3", 1000],
  ["1e-3", 0.001],
  ["1k", 1000],
  ["1E", 1e18],
  ["1Ei", 2 ** 60],
  ["1.5Gi", 1.5 * 2 ** 30],
])("reads %j", (text, amount) => {
  expect(quantity(text)).toBeCloseTo(amount, 12);
});

it.each(["100MB", "64GB", "0.1 cores", "1K", "1ki", "1e3Mi", "-1", "", ".", "Gi", undefined, null])(
  "reads %j as none",
  (text) => expect(quantity(text)).toBeNaN(),
);

it("lets no setting pass that is none", () => {
  expect(() => settingQuantity("100MB")).toThrow('"100MB" is no Kubernetes quantity');
});
