/** docs/policies.md, from the policies themselves and from what they are tested with. */
import { format, resolveConfig } from "prettier";

import { defaultSettings, isStackPolicy, type Policy, type Setting } from "../kit/policy";
import { groupOf, groups } from "../pack";
import type { Fixtures } from "./fixtures";

/** The text of docs/policies.md, in the style that prettier would give it. */
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
  const rows = settings.map(
    ([key, { description }]) => `| \`${key}\` | \`${JSON.stringify(defaults[key])}\` | ${cell(description)} |`,
  );
  return `| setting | default | |\n| --- | --- | --- |\n${rows.join("\n")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

const introduction = `<!-- Written from policies/ by "npx vitest run policies/testing -u"; do not edit. -->

# Policies

The pack in \`policies/\` looks at everything that a stack declares, before anything is changed: with the Pulumi CLI
(\`pulumi preview --policy-pack policies\`, \`pulumi up --policy-pack policies\`), and in \`./baas preview\`, \`./baas apply\`
and \`npm start\`, where it answers the same. A violated \`mandatory\` policy refuses the stack (\`preview\` and \`apply\`
end with exit code 2), an \`advisory\` one is shown, a \`disabled\` one is not asked. \`remediate\` has those that can do so fill in what is
missing, and is \`mandatory\` for the rest.

Policies that look at objects one by one are asked before each is changed. Policies that look at the whole stack are asked at the end of a
preview, which \`pulumi up\` makes first unless it is told \`--skip-preview\`.

How policies are taken is said by the environment, \`stacks/environments/<environment>.yaml\`, and for one stack by \`policies\` in its
\`baas:network\` or \`baas:platform\`: an enforcement level, or settings, or both.

\`\`\`yaml
policies:
  security-image-tags: advisory
  resources-budget: { cpu: "16", memory: 64Gi }
  availability-consenters: { enforcementLevel: advisory, least: 5 }
\`\`\`

A stack's setting replaces the environment's, the others stay. A policy or a setting that does not exist is refused. With the Pulumi CLI the
pack reads the same files by itself; \`--policy-pack-config FILE\` overrides them, and \`./baas policies config STACK\` prints what such a file
would hold.`;
