/** Kubernetes quantities: `250m`, `1.5`, `512Mi`, `10Gi`. */
const factors: Record<string, number> = {
  m: 1e-3,
  "": 1,
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 },
};

/** A quantity as a number of cores or bytes; NaN for what is none. */
export function quantity(value: unknown): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?(?:e\d+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(String(value)) ?? [];
  return number === undefined ? NaN : Number(number) * factors[unit ?? ""]!;
}

/** Cores for people: `250m`, `4`. */
export function formatCores(cores: number): string {
  return Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`;
}

/** Bytes for people: `512Mi`, `73Gi`. */
export function formatBytes(bytes: number): string {
  const unit = ["Ti", "Gi", "Mi", "Ki"].find((each) => bytes >= factors[each]! && (bytes / factors[each]!) % 1 === 0);
  if (unit !== undefined) return `${bytes / factors[unit]!}${unit}`;
  return bytes >= factors.Gi! ? `${(bytes / factors.Gi!).toFixed(1)}Gi` : `${Math.round(bytes / factors.Mi!)}Mi`;
}
