/** Durations in settings, such as 500ms, 30s, 2m. */
import { z } from "zod";

const unit: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const form = /^(\d+)(ms|s|m|h)$/;
const mistake = "is not a time from 1ms to 24h, such as 500ms, 30s, 2m";
const longest = 24 * unit.h!;

/** A duration: a text such as 30s, or a number of milliseconds. Read as milliseconds. */
export const duration = z
  .union([z.string(), z.number()], mistake)
  .refine((value) => {
    const time = milliseconds(value);
    return time >= 1 && time <= longest;
  }, mistake)
  .transform(milliseconds);

function milliseconds(value: string | number): number {
  if (typeof value === "number") return value;
  const [, digits, of] = form.exec(value) ?? [];
  return digits === undefined ? NaN : Number(digits) * unit[of!]!;
}
