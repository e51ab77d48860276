/** A preview as text: the tree that `pulumi preview` prints, its counts, and on request every changed field. */
import { kindOfType } from "../../../model/pulumi/kubernetesTypes";
import { parseUrn } from "../../../model/pulumi/urn";
import { compareKeys } from "../../common/canonical";
import type { Paint } from "../../common/colors";
import { type ChangeSet, isAction, isStack, type Step } from "../changes/changeSet";
import { fieldChange } from "../changes/fieldChange";
import { fieldLines, operationLooks, valueLines } from "../changes/fieldLines";
import type { Diagnostic } from "../declared/diagnostics";
import type { Preview } from "./preview";

/**
 * The whole text of a preview: tree or changes, diagnostics, outputs and counts. Without changes, the diagnostics alone.
 *
 * @param withFields - whether to show every changed field, instead of the tree
 */
export function previewText(
  { project, changes, diagnostics }: Pick<Preview, "project" | "changes" | "diagnostics">,
  stack: string,
  paint: Paint,
  withFields = false,
): string {
  const messages = diagnosticsText(diagnostics, { project, stack }, paint);
  if (changes === undefined) return messages;
  const sections = [
    withFields ? fieldsText(changes, paint) : treeText(changes, diagnostics, paint),
    messages,
    outputsText(changes, paint),
    countsText(changes, paint),
  ];
  return sections.map((section) => (section === "" ? "" : `${section}\n`)).join("");
}

interface Row {
  step: Step;
  /** Lines of the tree before the type. */
  indent: string;
}

/** The tree of changed resources. Of the unchanged resources it shows only their parents. */
function treeText({ steps }: ChangeSet, diagnostics: readonly Diagnostic[], paint: Paint): string {
  const children = new Map<string | undefined, Step[]>();
  const urns = new Set(steps.map(({ urn }) => urn));
  for (const step of steps) {
    const parent = (step.after ?? step.before)?.parent;
    // The parent of a deleted resource may have been deleted under another URN.
    const shownUnder = parent !== undefined && urns.has(parent) ? parent : undefined;
    const siblings = children.get(shownUnder);
    if (siblings === undefined) children.set(shownUnder, [step]);
    else siblings.push(step);
  }
  const isShown = (step: Step): boolean =>
    step.op !== "same" || isStack(step) || (children.get(step.urn) ?? []).some(isShown);
  const rows: Row[] = [];
  const visit = (parent: string | undefined, indent: string): void => {
    const shown = (children.get(parent) ?? []).filter(isShown);
    shown.forEach((step, i) => {
      const isRoot = parent === undefined;
      const last = i === shown.length - 1;
      rows.push({ step, indent: isRoot ? "" : `${indent}${last ? "└─ " : "├─ "}` });
      visit(step.urn, isRoot ? "" : `${indent}${last ? "   " : "│  "}`);
    });
  };
  visit(undefined, "");
  const table = rows.map(({ step, indent }) => {
    const { type, name } = parseUrn(step.urn);
    return [indent + shortType(type), name, operationOf(step), infoOf(step, diagnostics)];
  });
  const widths = ["Type", "Name", "Plan"].map((title, i) =>
    Math.max(title.length, ...table.map((row) => (row[i] as string).length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = table.map((row, i) => {
    const { sign, style } = operationLooks[(rows[i] as Row).step.op];
    const [type, name, operation, info] = row as [string, string, string, string];
    const coloured = paint(style, operation) + " ".repeat((widths[2] as number) - operation.length);
    const start = line([type, name, ""]).padEnd((widths[0] as number) + (widths[1] as number) + 2);
    return ` ${paint(style, sign)}  ${start}  ${coloured}  ${info}`.trimEnd();
  });
  return [paint("bold", `     ${line(["Type", "Name", "Plan", "Info"])}`), ...lines, ""].join("\n");
}

/** A type without the redundant part of its module: `docker:index/image:Image` becomes `docker:index:Image`. */
function shortType(type: string): string {
  const [, start, file, name] = /^([^:]+:.*)\/([^/:]+):([^:]+)$/.exec(type) ?? [];
  if (start === undefined || file === undefined || name === undefined) return type;
  return file === name.charAt(0).toLowerCase() + name.slice(1) ? `${start}:${name}` : type;
}

function operationOf({ op, retained }: Step): string {
  return `${op === "same" ? "" : op}${retained ? "[retain]" : ""}`;
}

function infoOf({ urn, differences, ...step }: Step, diagnostics: readonly Diagnostic[]): string {
  const signs = { add: "+", delete: "-", update: "~" };
  const keys = new Map<string, string>();
  for (const { path, kind } of differences) {
    const key = String(path[0]);
    // A change below a key counts as a change of the key.
    keys.set(key, path.length === 1 ? signs[kind] : "~");
  }
  const changes = [...keys].map(([key, sign]) => sign + key);
  const own = diagnostics.filter(
    (one) => one.urn === urn || (one.urn === undefined && isStack({ urn, differences, ...step })),
  );
  return [...(changes.length > 0 ? [`[diff: ${changes.join(",")}]`] : []), ...messageCounts(own)].join("; ");
}

function messageCounts(diagnostics: readonly Diagnostic[]): string[] {
  const nouns = { error: "error", warning: "warning", info: "message" };
  return (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = diagnostics.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${nouns[severity]}${count === 1 ? "" : "s"}`];
  });
}

/** The messages of a program, under the resources that they are about. */
export function diagnosticsText(
  diagnostics: readonly Diagnostic[],
  { project, stack }: { project: string; stack: string },
  paint: Paint,
): string {
  if (diagnostics.length === 0) return "";
  const groups = new Map<string, Diagnostic[]>();
  for (const one of diagnostics) {
    const { type, name } =
      one.urn === undefined ? { type: "pulumi:pulumi:Stack", name: `${project}-${stack}` } : parseUrn(one.urn);
    const title = `${shortType(type)} (${name})`;
    groups.set(title, [...(groups.get(title) ?? []), one]);
  }
  const styles = { error: "red", warning: "yellow", info: "dim" } as const;
  const lines = [...groups].flatMap(([title, messages]) => [
    `  ${title}:`,
    ...messages.flatMap(({ severity, message }) => {
      const label = severity === "info" ? "" : `${paint(styles[severity], `${severity}:`)} `;
      return `${label}${message}`.split("\n").map((text) => `    ${text}`.trimEnd());
    }),
    "",
  ]);
  return [paint("bold", "Diagnostics:"), ...lines].join("\n");
}

function outputsText({ steps }: ChangeSet, paint: Paint): string {
  const outputs = steps.find(isStack)?.after?.outputs ?? {};
  const lines = Object.keys(outputs)
    .sort()
    .flatMap((key) => valueLines(key, outputs[key]));
  return lines.length === 0 ? "" : [paint("bold", "Outputs:"), ...lines.map((line) => `    ${line}`), ""].join("\n");
}

const notAsked =
  "    no cluster was asked: what it refuses to change on a live network is told by apply, before anything changes";

/** The numbers of resources to create, update, replace and delete, and of unchanged ones. */
function countsText({ counts, compared, comparedWith }: ChangeSet, paint: Paint): string {
  const kinds = (["create", "update", "delete", "replace"] as const).filter((op) => (counts[op] ?? 0) > 0);
  const changes = kinds.reduce((sum, op) => sum + (counts[op] as number), 0);
  const rest = [
    ...(kinds.length > 1 ? [`${changes} changes`] : []),
    ...(counts.same === undefined ? [] : [`${counts.same} unchanged`]),
  ].join(". ");
  return [
    paint("bold", "Resources:"),
    ...kinds.map((op) => `    ${paint(operationLooks[op].style, `${operationLooks[op].sign}${counts[op]} to ${op}`)}`),
    ...(rest === "" ? [] : [`    ${rest}`]),
    ...(comparedWith === undefined ? [] : [`    compared with ${comparedWith}`]),
    ...(compared ? [] : ["    compared with nothing: there is no record of an apply of this stack here"]),
    ...(changes === 0 ? [] : [notAsked]),
    "",
  ].join("\n");
}

/** Every changed field of every changed resource. */
function fieldsText({ steps }: ChangeSet, paint: Paint): string {
  const changed = steps.filter(({ op }) => isAction(op));
  return changed
    .flatMap((step) => {
      const { op, urn, deleteFirst, retained } = step;
      const { type } = parseUrn(urn);
      const notes = [
        op as string,
        ...(deleteFirst ? ["deleted first"] : []),
        ...(retained ? ["old one retained"] : []),
      ];
      const { sign, style } = operationLooks[op];
      return [
        paint(style, `${sign} ${type}: (${notes.join(", ")})`),
        `    [urn=${urn}]`,
        ...linesOf(step, paint).map((line) => `    ${line}`),
      ];
    })
    .concat("")
    .join("\n");
}

/** The inputs of a new resource, or the changes of an existing one. */
function linesOf({ op, urn, after, differences, replacing }: Step, paint: Paint): string[] {
  if (op === "create") {
    const { inputs } = after!;
    const keys = Object.keys(inputs).sort(compareKeys);
    return keys.flatMap((key) => valueLines(key, inputs[key]));
  }
  const kind = kindOfType(parseUrn(urn).type)?.kind;
  return differences.flatMap((difference) => {
    const note = replacing.includes(difference) ? paint("magenta", " (replaces)") : "";
    return fieldLines(fieldChange(difference, kind), { paint, note });
  });
}
