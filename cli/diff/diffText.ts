/** A difference as text for people: first the network's changes, then the objects. */
import { count, type NetworkChange } from "../../model/changes/change";
import { compareText, isPlainObject } from "../../model/plainData";
import { oneAfterAnother, oneServerAfterAnother, type Roll } from "../../model/rollout/rolls";
import { type Paint, plain } from "../common/colors";
import { escapeControlsIn } from "../common/controlCharacters";
import type { Action } from "../engine/changes/changeSet";
import type { FieldChange } from "../engine/changes/fieldChange";
import { fieldLines, operationLooks } from "../engine/changes/fieldLines";
import type { Diff, ObjectChange, StackDiff } from "./diffTypes";

const mostNames = 8;

const actions: readonly Action[] = ["create", "update", "replace", "delete"];
const signs = { add: "+", change: "~", remove: "-" } as const;
const styles = { add: "green", change: "yellow", remove: "red" } as const;

/** The whole text of a difference. */
export function diffText(diff: Diff, paint: Paint): string {
  const { stacks, comparedWith } = escapeControlsIn(diff);
  const shown = stacks.filter(
    ({ status, errors }) => stacks.length === 1 || status !== "unchanged" || errors.length > 0,
  );
  const same = stacks.filter((one) => !shown.includes(one)).map(({ stack }) => stack);
  const sections = shown.map((one) => stackText(one, paint));
  if (same.length > 0) sections.push(`${unchangedLine(same, comparedWith)}\n`);
  return sections.join("\n");
}

/** Lists the stacks that do not change. */
export function unchangedLine(stacks: readonly string[], comparedWith: string): string {
  return `Unchanged against ${comparedWith}: ${stacks.join(", ")}.`;
}

function stackText(diff: StackDiff, paint: Paint): string {
  const { stack, comparedWith, status, errors, notes, network, warnings, images } = diff;
  const title = paint("bold", `${stack}, compared with ${comparedWith}:`);
  const section = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", paint("bold", name), ...lines.map((line) => `  ${line}`)];
  const summary: Partial<Record<StackDiff["status"], string>> = {
    unchanged: "Nothing changes.",
    created: "The stack is new.",
    deleted: "The stack is gone.",
  };
  return [
    title,
    ...(summary[status] === undefined ? [] : [summary[status]]),
    ...section(
      "Errors:",
      errors.map((line) => paint("red", line)),
    ),
    ...section(
      "Notes:",
      notes.flatMap((note) => note.split("\n")),
    ),
    ...section(
      "Network:",
      network.flatMap((change) => networkLines(change, paint)),
    ),
    ...section(
      "Careful:",
      warningLines(warnings).map((line) => paint("red", `! ${line}`)),
    ),
    ...section("Pods that restart:", restartLines(diff, paint)),
    ...section(
      "Images:",
      images.map(({ before, after, usedBy }) => `${before} -> ${after.slice(shared(before, after))}${usedIn(usedBy)}`),
    ),
    ...section(`Objects: ${countsText(diff)}`, objectLines(diff.objects, paint)),
    "",
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}

function networkLines({ action, subject, text, consequences, loud }: NetworkChange, paint: Paint): string[] {
  const sign = loud ? paint("red", "!") : " ";
  return [
    `${sign} ${paint(styles[action], `${signs[action]} ${subject}${text === "" ? "" : `: ${text}`}`)}`,
    ...consequences.map((line) => `      ${line}`),
  ];
}

/** Which pods restart and why, and how nodes roll. */
export function restartLines({ restarts, roll }: Pick<StackDiff, "restarts" | "roll">, paint: Paint): string[] {
  return [
    ...restarts.map(({ workloads, reason }) => `${workloadNames(workloads)}: ${reason}`),
    ...(roll === undefined ? [] : [rollText(roll), ...roll.outages.map((line) => paint("red", `! ${line}`))]),
  ];
}

/** In which order nodes restart. */
export function rollText({ order, leaderLast, isKafka }: Roll): string {
  const state = isKafka ? "all topics in sync" : "their channels caught up";
  if (order.length === 1) return `${order[0]} restarts while all other nodes are ready and ${state}`;
  const leader = isKafka
    ? "of the ZooKeepers, the one that leads is the last, and of the brokers, the one that controls the others"
    : "of the orderers, the one that leads most channels is the last";
  return `${isKafka ? oneServerAfterAnother : oneAfterAnother}: ${order.join(", ")}${leaderLast ? `; ${leader}` : ""}`;
}

/** Warnings, with equal ones of several objects merged. */
export function warningLines(warnings: StackDiff["warnings"]): string[] {
  const objects = new Map<string, string[]>();
  for (const { object, message } of warnings) objects.set(message, [...(objects.get(message) ?? []), object]);
  return [...objects].map(([message, names]) => `${workloadNames(names)}: ${message}`);
}

/** `StatefulSet a, b; Deployment c` for `StatefulSet a`, `StatefulSet b`, `Deployment c`. */
export function workloadNames(objects: readonly string[]): string {
  const byKind = new Map<string, string[]>();
  for (const object of objects) {
    const [kind, ...name] = object.split(" ");
    byKind.set(kind!, [...(byKind.get(kind!) ?? []), name.join(" ")]);
  }
  return [...byKind].map(([kind, names]) => `${kind} ${namesText(names)}`).join("; ");
}

function namesText(given: readonly string[]): string {
  const names = [...given].sort(compareText);
  if (names.length <= mostNames) return names.join(", ");
  return `${names.slice(0, mostNames - 1).join(", ")} and ${names.length - mostNames + 1} more`;
}

const usedIn = (objects: readonly string[]): string => (objects.length === 0 ? "" : `, in ${workloadNames(objects)}`);

/** The part of an image's new name that differs, at least the part after its last slash. */
function shared(before: string, after: string): number {
  const [old, now] = [before, after].map((image) => image.lastIndexOf(":"));
  return before.slice(0, old) === after.slice(0, now) && old! > 0 ? now! + 1 : 0;
}

/** The numbers of objects to create, change and delete. */
export function countsText({ counts }: Pick<StackDiff, "counts">): string {
  const parts = actions.flatMap((action) => (counts[action] === 0 ? [] : [`${counts[action]} to ${action}`]));
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** The objects: created and deleted ones by kind, changed ones with their fields, equal changes once. */
export function objectLines(objects: readonly ObjectChange[], paint: Paint = plain): string[] {
  const groups = new Map<string, ObjectChange[]>();
  for (const object of objects) {
    const key = JSON.stringify([object.action, object.kind, object.retained, withoutOwnName(object)]);
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  return (["replace", "delete", "update", "create"] as const).flatMap((action) =>
    [...groups.values()]
      .filter(([one]) => one!.action === action)
      .flatMap((group) => {
        const { kind, retained } = group[0]!;
        const { sign, style } = operationLooks[action];
        const names = namesText(group.map(({ name }) => name));
        const several = group.length > 2 ? ` (${group.length})` : "";
        const fields = group.length > 1 ? withoutOwnName(group[0]!) : group[0]!.fields;
        const note = retained ? ", which stays in the cluster" : "";
        return [
          paint(style, `${sign} ${kind} ${names}${several}${note}`),
          ...fields.flatMap((field) => linesOf(field, paint)).map((line) => `     ${line}`.trimEnd()),
        ];
      }),
  );
}

/** The changed fields of an object without its own name: a key that finds equal changes of several objects. */
function withoutOwnName({ fields, name }: ObjectChange): FieldChange[] {
  const open = (value: unknown): unknown => {
    if (typeof value === "string") return value.replaceAll(name, "<name>");
    if (Array.isArray(value)) return value.map(open);
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, open(inner)]));
  };
  return fields.map((field) => open(field) as FieldChange);
}

// Pages that describe the network: their changes only follow the network's.
const pages = ['data["index.html"]', 'data["status.json"]'];

function linesOf(field: FieldChange, paint: Paint): string[] {
  if (field.lines === undefined || !pages.includes(field.path)) return fieldLines(field, { paint, excerpt: true });
  const changed = field.lines.filter((line) => /^[-+]/.test(line)).length;
  return [`${field.path}: ${count(changed, "line")}, as the network changes`];
}
