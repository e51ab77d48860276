/** Kubernetes quantities: `250m`, `1.5`, `1e3`, `512Mi`, `10Gi`. */

/** What units multiply with. */
export const quantityFactors: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3 },
  "": 1,
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

const units = Object.keys(quantityFactors).join("|");

/** What a quantity is, as a regular expression. */
export const quantityPattern = `^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)(?:([eE][+-]?[0-9]+)|(${units}))$`;

const pattern = new RegExp(quantityPattern);

/** A quantity as a number of cores or bytes; NaN if it is invalid or negative. */
export function quantity(value: unknown): number {
  const [, amount, exponent = "", unit = ""] = pattern.exec(String(value)) ?? [];
  return amount === undefined ? NaN : Number(amount + exponent) * quantityFactors[unit]!;
}
