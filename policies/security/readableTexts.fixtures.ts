import { type Fixtures, object } from "../testing/fixtures";
import { readableTexts } from "./readableTexts";

const configMap = (data: Record<string, string>) =>
  object({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "trade" }, data });
const place = "stacks/Pulumi.trade.yaml: baas:network: ConfigMap trade/a:";

export const fixtures: Fixtures = {
  policy: readableTexts,
  bad: [
    {
      title: "a template of a manifest",
      objects: [configMap({ "a.yaml": "{{ if .x }}\napiVersion: v1\nkind: Pod\n{{ end }}\n" })],
      messages: [
        `${place} entry "a.yaml" has what looks like a manifest, a pod or a section about TLS, and is no YAML that can be read. Write plain YAML in the program`,
      ],
    },
  ],
  good: [
    {
      title: "what can be read, and what is nothing of that kind",
      objects: [
        configMap({
          "a.yaml": "peer: { tls: { enabled: !bool true } }\n---\napiVersion: v1\n",
          "a.cfg": "frontend a: b: c\n  bind :8443 ssl # tls: on\n",
          "README.md": "```\napiVersion: v1\n  a: b: c\n",
          "a.sh": "#!/bin/sh\n# tls: on\necho tls\n",
        }),
      ],
      messages: [],
    },
  ],
};
