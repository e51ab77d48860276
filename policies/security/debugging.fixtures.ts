import { container, type Fixtures, labels, object, peer, podSpec } from "../testing/fixtures";
import { debugging } from "./debugging";

const inProduction = (spec: object, more: Record<string, string> = {}) => {
  const own = labels("peer", "org1", "peer0-org1");
  return object(
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "peer0-org1", namespace: "vault", labels: own },
      spec: {
        replicas: 1,
        selector: { matchLabels: own },
        template: { metadata: { labels: { ...own, ...more } }, spec },
      },
    },
    { stack: "vault", component: "Peer" },
  );
};
const of = "stacks/Pulumi.vault.yaml: baas:network.organizations[0].debug: StatefulSet vault/peer0-org1:";
const instead = "Leave it out: stacks/environments/vault.yaml is for production";
const listening = (changes: object) => inProduction(podSpec({}, [container({ ...changes })]));

export const fixtures: Fixtures = {
  policy: debugging,
  bad: [
    {
      title: "a debug peer",
      objects: [inProduction(podSpec(), { "baas.io/debug": "true" })],
      messages: [`${of} its pods are for debugging (label baas.io/debug). ${instead}`],
    },
    {
      title: "Node's inspector and Delve, wherever they are switched on",
      objects: [
        listening({ command: ["node", "--inspect=0.0.0.0:9229", "main.js"] }),
        listening({ args: ["--inspect-brk"] }),
        listening({ env: [{ name: "NODE_OPTIONS", value: "--max-old-space-size=64 --inspect" }] }),
        listening({ command: ["sh", "-c", "exec node --inspect-wait main.js"] }),
        listening({ command: ["/usr/local/bin/dlv", "exec", "/chaincode"] }),
      ],
      messages: [
        ...["--inspect=0.0.0.0:9229", "--inspect-brk", "--inspect", "--inspect-wait", "/usr/local/bin/dlv"].map(
          (found) => `${of} container "main" listens for a debugger ("${found}"). ${instead}`,
        ),
      ],
    },
  ],
  good: [
    {
      title: "what only looks like it",
      objects: [listening({ command: ["node", "main.js", "inspect", "--no-inspector"], args: ["dlvx"] })],
      messages: [],
    },
    {
      title: "an environment that is not for production",
      objects: [peer({}, podSpec({}, [container({ args: ["--inspect"] })]))],
      messages: [],
    },
  ],
};
