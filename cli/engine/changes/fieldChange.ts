/** A field that changes, with values that anybody may see: what previews and differences show, as text or as JSON. */
import { isPlainObject } from "../../../model/plainData";
import { lineDifference } from "../../common/lineDifference";
import { isSecretData } from "../declared/resourceTypes";
import { mapLeaves, mask } from "../declared/values";
import { RecordedSecret } from "../record/stackRecord";
import type { Difference } from "./differences";

/** One field that changes. A field that was not there has no `before`, one that goes no `after`. */
export interface FieldChange {
  /** Such as `spec.template.spec.containers[name=peer].image`. */
  path: string;
  before?: unknown;
  after?: unknown;
  /** In place of the values, for a text of several lines: see {@link lineDifference}. */
  lines?: string[];
}

/**
 * What there is to show of a difference.
 *
 * @param kind - of the object that it is in, if it is one of Kubernetes: the data of a Secret are never shown
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

/** Keys stay, to see which one changes; every value goes. */
function masked(value: unknown): unknown {
  if (isPlainObject(value)) return Object.fromEntries(Object.keys(value).map((key) => [key, "[secret]"]));
  return "[secret]";
}
