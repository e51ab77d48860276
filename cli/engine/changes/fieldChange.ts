/** A changed field without secrets, as previews and differences show it in text and JSON. */
import { isPlainObject } from "../../../model/plainData";
import { lineDifference } from "../../common/lineDifference";
import { isSecretData } from "../declared/resourceTypes";
import { mapLeaves, mask } from "../declared/values";
import { RecordedSecret } from "../record/stackRecord";
import type { Difference } from "./differences";

/** One changed field. An added field has no `before`, a removed one no `after`. */
export interface FieldChange {
  /** Such as `spec.template.spec.containers[name=peer].image`. */
  path: string;
  before?: unknown;
  after?: unknown;
  /** Replaces the values for texts of several lines: see {@link lineDifference}. */
  lines?: string[];
}

/**
 * Converts a difference to a field that may be shown.
 *
 * @param kind - kind of the Kubernetes object with the field, if any: the data of a Secret are never shown
 */
export function fieldChange({ path, label, before, after, order }: Difference, kind = ""): FieldChange {
  const isSecret = isSecretData(kind, path);
  const isText = typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n");
  if (isText && !isSecret) return { path: label, lines: lineDifference(before, after) };
  if (order !== undefined) return { path: label, ...order };
  const show = isSecret ? masked : shown;
  return {
    path: label,
    ...(before !== undefined && { before: show(before) }),
    ...(after !== undefined && { after: show(after) }),
  };
}

function shown(value: unknown): unknown {
  return mask(mapLeaves(value, (leaf) => (leaf instanceof RecordedSecret ? "[secret]" : leaf)));
}

/** Masks every value and keeps the keys, so that a reader sees which key changes. */
function masked(value: unknown): unknown {
  if (isPlainObject(value)) return Object.fromEntries(Object.keys(value).map((key) => [key, "[secret]"]));
  return "[secret]";
}
