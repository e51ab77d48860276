import { container, type Fixtures, labels, object, podSpec } from "../testing/fixtures";
import { studioSessions } from "./studioSessions";

const apart = "trade-studio";

const workload = (role: string, name: string, spec: object, namespace = apart) => {
  const own = labels(role, "org1", name);
  const template = { metadata: { labels: own }, spec };
  return object(
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, namespace, labels: own },
      spec: { replicas: 1, selector: { matchLabels: own }, template },
    },
    { component: "ChaincodeStudio" },
  );
};
const link = { name: "link", secret: { secretName: "studio-ada-link-key" } };
const session = (spec: object = {}, containers = [container({})], namespace = apart) =>
  workload("studio-session", "studio-ada", { ...podSpec({}, containers), volumes: [link], ...spec }, namespace);
const quota = object({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "sessions", namespace: apart },
  spec: { hard: { pods: "1", "limits.memory": "2Gi" } },
});
const policy = (egress: object[]) =>
  object({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "studio-ada", namespace: apart },
    spec: { podSelector: {}, policyTypes: ["Egress"], egress },
  });
const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0].studio: StatefulSet trade-studio/studio-ada:";
const instead = "Declare it as the program does";

export const fixtures: Fixtures = {
  policy: studioSessions,
  bad: [
    {
      title: "a session with Secrets of others, and with a token",
      objects: [
        quota,
        session(
          {
            volumes: [
              link,
              { name: "enrolment", secret: { secretName: "studio-ada-enrolment" } },
              { name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
            ],
          },
          [
            container({
              env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "peer0-org1-couchdb", key: "password" } } }],
            }),
          ],
        ),
      ],
      messages: [
        `${of} its pods have the Secret "studio-ada-enrolment". ${instead}`,
        `${of} its pods have the projected volume "token". ${instead}`,
        `${of} its pods have a variable from a Secret, in container "main". ${instead}`,
      ],
    },
    {
      title: "a session in the network's namespace",
      objects: [quota, session({}, [container({})], "trade")],
      messages: [
        `${of.replace("trade-studio", "trade")} it is in the network's namespace. ${instead}`,
        `${of.replace("trade-studio", "trade")} its namespace "trade" has no quota of pods and memory. ${instead}`,
      ],
    },
    {
      title: "a namespace of sessions without a quota, with a way out, and with something else in it",
      objects: [
        session(),
        policy([{ ports: [{ protocol: "TCP", port: 443 }] }]),
        workload("peer", "peer0-org1", podSpec({}, [container({})])),
      ],
      messages: [
        `${of} its namespace "trade-studio" has no quota of pods and memory. ${instead}`,
        `stacks/Pulumi.trade.yaml: baas:network: NetworkPolicy trade-studio/studio-ada: it lets sessions out. Declare it as the program does`,
        `stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade-studio/peer0-org1: it is in the namespace of sessions. ${instead}`,
      ],
    },
  ],
  good: [
    {
      title: "a session with its own key, in a namespace that lets nothing out",
      objects: [session(), quota, policy([])],
      messages: [],
    },
    { title: "a network without sessions", objects: [policy([{ ports: [{ port: 443 }] }])], messages: [] },
  ],
};
