/** Kubernetes quantities: `250m`, `1.5`, `1e3`, `512Mi`, `10Gi`. */
const factors: Record<string, number> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3 },
  "": 1,
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

const units = Object.keys(factors).join("|");

/** Schema of a setting that is a quantity. An invalid one would be NaN, which no comparison finds too small or too large. */
export const quantitySetting = {
  type: "string",
  pattern: `^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)(?:([eE][+-]?[0-9]+)|(${units}))$`,
  format: "Kubernetes quantity, such as 500m or 64Gi,",
} as const;

const pattern = new RegExp(quantitySetting.pattern);

/** A quantity as a number of cores or bytes; NaN if it is invalid or negative. */
export function quantity(value: unknown): number {
  const [, amount, exponent = "", unit = ""] = pattern.exec(String(value)) ?? [];
  return amount === undefined ? NaN : Number(amount + exponent) * factors[unit]!;
}

/**
 * A setting as a number.
 *
 * @throws Error for an invalid quantity, which the setting's schema has refused before
 */
export function settingQuantity(value: string): number {
  const amount = quantity(value);
  if (Number.isNaN(amount)) throw new Error(`"${value}" is no Kubernetes quantity`);
  return amount;
}

const unreadable = "an unreadable amount";

/** Cores for people: `250m`, `4`. */
export function formatCores(cores: number): string {
  if (Number.isNaN(cores)) return unreadable;
  return Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`;
}

/** Bytes for people: `512Mi`, `73Gi`. */
export function formatBytes(bytes: number): string {
  if (Number.isNaN(bytes)) return unreadable;
  const unit = ["Ti", "Gi", "Mi", "Ki"].find((each) => bytes >= factors[each]! && (bytes / factors[each]!) % 1 === 0);
  if (unit !== undefined) return `${bytes / factors[unit]!}${unit}`;
  return bytes >= factors.Gi! ? `${(bytes / factors.Gi!).toFixed(1)}Gi` : `${Math.round(bytes / factors.Mi!)}Mi`;
}
