/** Rights in an object, wherever they stand: rules of roles, references to roles, and what a text gives away. */
import { documentsIn } from "./documents";
import { isJudgedAlone } from "./embedded";
import { isRecord, pathOf, walk } from "./nodes";
import type { KubernetesObject } from "./objects";
import type { Right } from "./productUses";
import { commandLines, openTexts } from "./texts";

/** A rule with its place: `rules[0]`, and in which text that is. */
export interface PlacedRule {
  rule: any;
  path: string;
  /** ` in entry "rules.yaml"`; empty for the object's own fields. */
  within: string;
}

/** A reference to a role with its place: `roleRef`. */
export interface PlacedRole {
  kind: "Role" | "ClusterRole";
  name: string;
  where: string;
}

/** Rules and references to roles, in an object's fields and in YAML and JSON in its texts. */
export function rightsIn(object: KubernetesObject): { rules: PlacedRule[]; roles: PlacedRole[] } {
  const found = { rules: [] as PlacedRule[], roles: [] as PlacedRole[] };
  const add = (root: unknown, within: string): void =>
    walk(root, (node): boolean | void => {
      const { key, value, up } = node;
      if (up !== undefined && key !== "spec" && isJudgedAlone(value)) return false;
      const where = (): string => `${pathOf(node)}${within}`;
      if (typeof value === "string" && /^cluster_?role(_?(name|ref))?$/i.test(key)) {
        found.roles.push({ kind: "ClusterRole", name: value, where: where() });
      }
      if (!isRecord(value)) return;
      if (isRule(value)) found.rules.push({ rule: value, path: pathOf(node), within });
      if (/^role_?ref$/i.test(key) && typeof value.name === "string") {
        found.roles.push({ kind: value.kind === "Role" ? "Role" : "ClusterRole", name: value.name, where: where() });
      }
    });
  add(object.body, "");
  for (const { value, where, isDocumentation } of openTexts(object)) {
    if (isDocumentation || !/verbs|[rR]ole/.test(value)) continue;
    for (const document of documentsIn(value)) if (!isJudgedAlone(document)) add(document, ` in ${where}`);
  }
  found.roles.push(...rolesInCommands(object));
  return found;
}

function isRule({ verbs, resources, nonResourceURLs, apiGroups }: Record<string, any>): boolean {
  return Array.isArray(verbs) && [resources, nonResourceURLs, apiGroups].some((list) => Array.isArray(list));
}

/** `kubectl create rolebinding NAME --clusterrole=ROLE` */
function rolesInCommands(object: KubernetesObject): PlacedRole[] {
  return commandLines(object).flatMap((line) =>
    line.flatMap(({ value, where }, i): PlacedRole[] => {
      const [, given] = /^--clusterrole(?:=(.+))?$/.exec(value) ?? [];
      const name = given ?? (value === "--clusterrole" ? line[i + 1]?.value : undefined);
      return name === undefined ? [] : [{ kind: "ClusterRole", name, where }];
    }),
  );
}

/** What a rule gives beyond some rights: each as `"delete" of "secrets"`, without repetition. */
export function beyond(rule: any, rights: readonly Right[]): string[] {
  const { verbs = [], resources = [], apiGroups = [""], nonResourceURLs = [], resourceNames = [] } = rule;
  const given = (verb: string, covers: (right: Right) => boolean): Right[] =>
    rights.filter((right) => right.verbs.includes(verb) && covers(right));
  const found = verbs.flatMap((verb: string) => [
    ...nonResourceURLs.flatMap((path: string) =>
      given(verb, (right) => right.nonResourceURLs?.includes(path) ?? false).length > 0
        ? []
        : [`"${verb}" of "${path}"`],
    ),
    ...resources.flatMap((resource: string) =>
      apiGroups.flatMap((group: string) => {
        const covering = given(
          verb,
          (right) => (right.resources?.includes(resource) && right.apiGroups?.includes(group)) ?? false,
        );
        if (covering.some((right) => right.named === undefined)) return [];
        const foreign = resourceNames.filter((name: string) => !covering.some((right) => right.named!(name)));
        if (covering.length > 0 && resourceNames.length > 0) {
          return foreign.map((name: string) => `"${verb}" of "${named(resource, group)}" called "${name}"`);
        }
        return [`"${verb}" of ${covering.length > 0 ? "any of " : ""}"${named(resource, group)}"`];
      }),
    ),
  ]);
  return [...new Set<string>(found)];
}

function named(resource: string, group: string): string {
  return group === "" ? resource : `${resource}.${group}`;
}

const clients = new Set(["kubectl", "oc", "helm", "kustomize", "crictl", "nerdctl", "ctr"]);

/**
 * Programs of Kubernetes' clients that arguments and scripts run, and where: what they do is no object that a policy is asked
 * about.
 */
export function clientsIn(object: KubernetesObject): { program: string; where: string }[] {
  const found = commandLines(object).flatMap((line) =>
    line.flatMap(({ value, where, key, isScript }, i) => {
      const program = value.slice(value.lastIndexOf("/") + 1);
      if (!clients.has(program)) return [];
      // A text that only speaks of it has no command after it.
      const isRun = key === "" || isScript || verbs.test(line[i + 1]?.value ?? "");
      return isRun ? [{ program, where }] : [];
    }),
  );
  return [...new Map(found.map((each) => [each.where, each])).values()];
}

const verbs =
  /^(apply|create|run|replace|patch|edit|delete|exec|debug|attach|cp|proxy|auth|install|upgrade|template|set)$/;
