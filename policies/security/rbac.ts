import type { KubernetesObject } from "../kit/objects";
import { objectPolicy } from "../kit/policy";
import {
  accountOfRole,
  boundAccount,
  boundClusterRoles,
  type Right,
  usedClusterRights,
  usedRights,
  usedRightsOfRole,
} from "../kit/productUses";
import { beyond, clientsIn, type PlacedRule, rightsIn } from "../kit/rights";
import type { StackFile } from "../kit/stackFile";

/** Verbs with which an account can give itself any rights. */
const escalating = ["escalate", "bind", "impersonate"];

const aggregated = "rbac.authorization.k8s.io/aggregate-to-";

/** What is wrong, and the setting by which the environment can allow it. */
interface Mistake {
  message: string;
  setting?: keyof Settings;
}

interface Settings {
  rights: Right[];
  roles: string[];
  subjects: string[];
  accountAnnotations: string[];
}

const texts = { type: "array", items: { type: "string" } } as const;

/** Roles give the rights that the product needs, to its own accounts. */
export const rbac = objectPolicy<Settings>({
  name: "security-rbac",
  level: "mandatory",
  description: "Accounts of the product have the rights that the product needs, and nobody else gets any.",
  why:
    "A ServiceAccount that may do everything, or read all Secrets, or start pods with another account, makes whoever takes over " +
    "its pod the administrator of the cluster, with all Secrets of all networks.",
  settings: {
    rights: {
      type: "array",
      items: {
        type: "object",
        properties: { apiGroups: texts, resources: texts, verbs: texts, nonResourceURLs: texts },
        required: ["verbs"],
        additionalProperties: false,
      },
      default: [],
      description:
        "Rights that roles may give besides those of the product, as rules of RBAC: " +
        '`{ apiGroups: ["batch"], resources: [jobs], verbs: [get] }`.',
    },
    roles: {
      ...texts,
      default: [],
      description: "ClusterRoles that bindings may refer to besides those of the product.",
    },
    subjects: {
      ...texts,
      default: [],
      description: "Others that bindings may name: `Group auditors`, `ServiceAccount monitoring/prometheus`.",
    },
    accountAnnotations: {
      ...texts,
      default: [],
      description: "Annotations of ServiceAccounts. Clouds give rights by them: `eks.amazonaws.com/role-arn`.",
    },
  },
  allowing: ["rights", "roles", "subjects", "accountAnnotations"],
  limits:
    "Sees rights in fields, in YAML and JSON in texts, and in the option --clusterrole of a command line, and programs that make " +
    "objects (kubectl, helm) by their names. What other programs of an image do with the token of their pod, its Role limits.",
  check(object, { settings, stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const { rules, roles } = rightsIn(object);
    const mistakes: Mistake[] = [
      ...rules.flatMap((rule) => mistakesOfRule(rule, [...rightsOf(object), ...settings.rights])),
      ...aggregations(object).map((message) => ({ message })),
      ...roles
        .filter(({ kind, name, where }) => kind === "ClusterRole" && !isBound(object, where, name, settings.roles))
        .map(({ name, where }): Mistake => {
          const what = `${where === "roleRef" ? "it" : where} gives away the ClusterRole "${name}"`;
          return { message: `${what}. Write a role with the rights that are needed`, setting: "roles" };
        }),
      ...strangersOfRole(object, settings.roles, stackFile),
      ...mistakesOfSubjects(object, settings.subjects, stackFile),
      ...clientsIn(object).map(({ program, where }) => ({
        message: `${where} runs ${program}, which makes objects that no policy is asked about. Declare them`,
      })),
      ...mistakesOfAccount(object, settings.accountAnnotations),
    ];
    return mistakes.map(({ message, setting }) => ({
      place,
      message: `${message} in ${file}${setting === undefined ? "" : stackFile.orAllow("security-rbac", setting)}`,
    }));
  },
});

function rightsOf({ kind, name }: KubernetesObject): readonly Right[] {
  if (kind !== "ClusterRole") return usedRights;
  return [...usedClusterRights, ...(Object.hasOwn(usedRightsOfRole, name) ? usedRightsOfRole[name]! : [])];
}

function mistakesOfRule({ rule, path, within }: PlacedRule, rights: readonly Right[]): Mistake[] {
  const unlisted = beyond(rule, rights);
  if (unlisted.length === 0) return [];
  const wide = ["apiGroups", "resources", "verbs", "nonResourceURLs"].flatMap((key) => {
    const value = (rule[key] ?? []).find((each: string) =>
      key === "nonResourceURLs" ? /^\/?\*$/.test(each) : each.includes("*"),
    );
    return value === undefined
      ? []
      : [`${path}.${key}${within} contains "${value}", which is everything. Name what is needed`];
  });
  const escalations = escalating
    .filter((verb) => rule.verbs.includes(verb))
    .map(
      (verb) =>
        `${path}.verbs${within} contains "${verb}", which lets an account take rights that it was not given. Leave it out`,
    );
  if (wide.length + escalations.length > 0) return [...wide, ...escalations].map((message) => ({ message }));
  const message = `${path}${within} gives ${unlisted.join(", ")}, which no role of the product does. Leave it out`;
  return [{ message, setting: "rights" }];
}

/** Rights that a ClusterRole takes from others, or adds to them. */
function aggregations({ body, labels }: KubernetesObject): string[] {
  const rule =
    body.aggregationRule === undefined
      ? []
      : ["its aggregationRule gives it the rules of any ClusterRole with certain labels. Name what is needed in rules"];
  const added = Object.keys(labels)
    .filter((key) => key.startsWith(aggregated))
    .map((label) => {
      const role = label.slice(aggregated.length);
      return `label ${label} adds its rights to the ClusterRole "${role}", and to all who have that. Bind the role instead`;
    });
  return [...rule, ...added];
}

/** Whether the product binds a ClusterRole by an object of this kind, or the environment allows it. */
function isBound({ kind }: KubernetesObject, where: string, name: string, allowed: readonly string[]): boolean {
  const own = where === "roleRef" && Object.hasOwn(boundClusterRoles, kind) ? boundClusterRoles[kind]! : [];
  return [...own, ...allowed].includes(name);
}

/** Others than the one account that a ClusterRole of the product's is for, that a binding gives it. */
function strangersOfRole(
  { kind, body }: KubernetesObject,
  allowed: readonly string[],
  { platformNamespace }: StackFile,
): Mistake[] {
  const { roleRef, subjects } = body;
  if (!Object.hasOwn(boundClusterRoles, kind) || roleRef?.kind !== "ClusterRole" || allowed.includes(roleRef.name)) {
    return [];
  }
  const account = Object.hasOwn(accountOfRole, roleRef.name) ? accountOfRole[roleRef.name]! : boundAccount;
  return (Array.isArray(subjects) ? subjects : [])
    .filter(({ name, namespace }: any) => name !== account || namespace !== platformNamespace)
    .map(({ name }: any) => ({
      message: `it gives "${name}" the ClusterRole "${roleRef.name}", which is for ${platformNamespace}/${account} only. Bind a Role of the stack`,
    }));
}

function mistakesOfSubjects(
  { body, kind: bindingKind, within }: KubernetesObject,
  allowed: readonly string[],
  stackFile: StackFile,
): Mistake[] {
  if (!/^(Cluster)?RoleBinding$/.test(bindingKind) && within === undefined) return [];
  const subjects: any[] = Array.isArray(body.subjects) ? body.subjects : [];
  return subjects.flatMap(({ kind, name, namespace }): Mistake[] => {
    const isOwn = kind === "ServiceAccount" && namespace === stackFile.namespace;
    const isController =
      kind === "ServiceAccount" && namespace === stackFile.platformNamespace && name === boundAccount;
    const called = kind === "ServiceAccount" ? `${namespace}/${name}` : name;
    if (isOwn && name === "default" && !allowed.includes(`${kind} ${called}`)) {
      return [
        {
          message: `it gives rights to "${called}", the account of every pod that names none. Name another`,
          setting: "subjects",
        },
      ];
    }
    if (isOwn || isController || allowed.includes(`${kind} ${called}`)) return [];
    const who = kind === "ServiceAccount" ? "an account of another namespace" : whoIs(kind, name);
    const message = `it gives rights to "${called}", which is ${who}. Name a ServiceAccount`;
    return [{ message: `${message}${kind === "ServiceAccount" ? " of the stack" : ""}`, setting: "subjects" }];
  });
}

/** The accounts behind a group or user name, some of which are Kubernetes' own for more than one. */
function whoIs(kind: string, name: string): string {
  if (/^system:serviceaccounts:/.test(name)) return "every account of a namespace";
  if (/^system:(anonymous|authenticated|unauthenticated|serviceaccounts)(:|$)/.test(name)) return "everybody";
  if (/^system:masters(:|$)/.test(name)) return "every administrator of the cluster";
  return kind === "Group" ? "a group outside the stack" : "a user outside the stack";
}

function mistakesOfAccount({ kind, body }: KubernetesObject, allowed: readonly string[]): Mistake[] {
  if (kind === "Secret" && body.type === "kubernetes.io/service-account-token") {
    return [{ message: "it is a token of a ServiceAccount that never ends. Mount a projected token instead" }];
  }
  if (kind !== "ServiceAccount") return [];
  if (body.automountServiceAccountToken === true || (body.secrets ?? []).length > 0) {
    return [
      {
        message:
          "it hands its token, or Secrets, to every pod that uses it. Let a container that needs a token mount it",
      },
    ];
  }
  return Object.keys(body.metadata?.annotations ?? {})
    .filter((key) => !key.startsWith("pulumi.com/") && !allowed.includes(key))
    .map((key) => ({
      message: `annotation ${key} may give the account rights outside the cluster. Leave it out`,
      setting: "accountAnnotations",
    }));
}
