/** Settings of policies that are Kubernetes quantities, and quantities for people. */
import { quantity, quantityFactors, quantityPattern } from "../../model/contracts/quantity";

/** Schema of a setting that is a quantity. An invalid one would be NaN, which no comparison finds too small or too large. */
export const quantitySetting = {
  type: "string",
  pattern: quantityPattern,
  format: "Kubernetes quantity, such as 500m or 64Gi,",
} as const;

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
  const unit = ["Ti", "Gi", "Mi", "Ki"].find(
    (each) => bytes >= quantityFactors[each]! && (bytes / quantityFactors[each]!) % 1 === 0,
  );
  if (unit !== undefined) return `${bytes / quantityFactors[unit]!}${unit}`;
  return bytes >= quantityFactors.Gi!
    ? `${(bytes / quantityFactors.Gi!).toFixed(1)}Gi`
    : `${Math.round(bytes / quantityFactors.Mi!)}Mi`;
}
