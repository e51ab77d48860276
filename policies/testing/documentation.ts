/** Writes docs/policies.md from the policies and their fixtures. */
import { format, resolveConfig } from "prettier";

import { defaultSettings, isStackPolicy, type Policy, type Setting } from "../kit/policy";
import { groupOf, groups } from "../pack";
import type { Fixtures } from "./fixtures";

/** The text of docs/policies.md, formatted as prettier would. */
export async function documentation(fixtures: readonly Fixtures[]): Promise<string> {
  const sections = fixtures.map(({ policy, bad }) => ({
    group: groups[groupOf(policy)],
    text: section(policy, bad[0].messages[0]!),
  }));
  const table = fixtures.map(({ policy }) => {
    const scope = isStackPolicy(policy) ? "stack" : "object";
    return `| [${policy.name}](#${policy.name}) | ${policy.level} | ${scope} | ${cell(policy.description)} |`;
  });
  const text = [
    introduction,
    "| policy | level | looks at | what holds |\n| --- | --- | --- | --- |\n" + table.join("\n"),
    ...[...new Set(sections.map(({ group }) => group))].flatMap((group) => [
      `## ${group}`,
      ...sections.filter((each) => each.group === group).map(({ text }) => text),
    ]),
  ].join("\n\n");
  return format(text, { ...(await resolveConfig(__filename)), parser: "markdown" });
}

function section(policy: Policy, example: string): string {
  const remedies = !isStackPolicy(policy) && policy.remediate !== undefined;
  return [
    `### ${policy.name}`,
    `${policy.description} *${policy.level}*${remedies ? ", and it can `remediate`" : ""}`,
    policy.why,
    settingsTable(policy),
    policy.limits ?? "",
    `\`\`\`text\n${example}\n\`\`\``,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function settingsTable(policy: Policy): string {
  const settings = Object.entries((policy.settings ?? {}) as Record<string, Setting>);
  if (settings.length === 0) return "";
  const defaults = defaultSettings(policy);
  const environmentOnly = new Set<string>(policy.allowing);
  const rows = settings.map(([key, { description }]) => {
    const only = environmentOnly.has(key) ? " Only an environment sets it." : "";
    return `| \`${key}\` | \`${JSON.stringify(defaults[key])}\` | ${cell(description)}${only} |`;
  });
  return `| setting | default | |\n| --- | --- | --- |\n${rows.join("\n")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

const introduction = `<!-- Written from policies/ by "node cli/launch/tool.cjs vitest run --project unit policies -u"; do not edit. -->

# Policies

The pack in \`policies/\` checks everything that a stack declares, before anything is changed. \`./baas preview\`, \`./baas apply\` and
\`npm start\` always ask it. The Pulumi CLI asks it with \`--policy-pack policies\` (\`pulumi preview\`, \`pulumi up\`), and gets the same
answers.

| level | a violation |
| --- | --- |
| \`mandatory\` | refuses the stack: \`preview\` and \`apply\` end with exit code 2 |
| \`advisory\` | is shown |
| \`remediate\` | is corrected by those policies that can do so; for all others it is \`mandatory\` |
| \`disabled\` | is not looked for |

A policy that looks at single objects is asked before each object is changed. A policy that looks at the whole stack is asked at the end
of a preview. \`pulumi up\` makes this preview first, unless \`--skip-preview\` is given.

The environment sets levels and settings, in \`stacks/environments/<environment>.yaml\`. A stack can set others for itself, by \`policies\`
in its \`baas:network\` or \`baas:platform\`. An entry is a level, or settings, or both:

\`\`\`yaml
policies:
  security-image-tags: advisory
  resources-budget: { cpu: "16", memory: 64Gi }
  availability-consenters: { enforcementLevel: advisory, least: 5 }
\`\`\`

Policies of security go by what the product itself uses of Kubernetes: kinds with their API groups, namespaces, clusters, rights,
traffic, fields of pods and Services, labels and annotations. \`policies/kit/productUses.ts\` and \`policies/kit/podUses.ts\` list
it. Everything else is a violation, unless the environment allows it by name. A stack cannot allow itself something. Manifests, pods
and rights inside other objects (in files of a ConfigMap, arguments, annotations, custom resources) are judged like those that stand
alone, and secrets and switches of TLS are looked for in all texts, those in Base64 included. A text that begins like a manifest and
cannot be read is a violation.

The limit is what a program does: no policy knows what an image runs, what a script puts together, decrypts, unpacks or downloads, or
what a program sends through a connection that it may open (TCP/443 to anywhere, because the Kubernetes API has no address that all
clusters share). What it can reach by that are its own account, its own Secrets and named pods. Images and scripts are for people to
review, and \`security-image-registries\` says where they come from.

\`\`\`yaml
policies:
  security-known-kinds: { allowed: [cert-manager.io/v1 Certificate] }
  security-rbac: { rights: [{ apiGroups: [batch], resources: [jobs], verbs: [get] }] }
  security-network-policies: { namespaces: [monitoring], openEgress: [TCP/9092] }
  security-pod-fields: { fields: [dnsConfig] }
  security-metadata: { allowed: [prometheus.io/, sidecar.istio.io/inject] }
\`\`\`

A stack's entry replaces the environment's entry of the same setting. All other settings of the environment stay. A policy or a
setting that does not exist is refused.

With the Pulumi CLI, the pack reads the same files by itself. \`--policy-pack-config FILE\` overrides them;
\`./baas policies config STACK\` prints what such a file would contain.`;
