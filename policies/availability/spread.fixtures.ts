import { type Fixtures, labels, peer, podSpec, workload } from "../testing/fixtures";
import { spread } from "./spread";

const constraint = (role: string, changes: object = {}) => ({
  maxSkew: 1,
  topologyKey: "kubernetes.io/hostname",
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: labels(role, "org1") },
  ...changes,
});
const constrained = (...topologySpreadConstraints: object[]) => peer({}, podSpec({ topologySpreadConstraints }));
const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const remedy =
  "Give them a topologySpreadConstraint over kubernetes.io/hostname that selects them all, whenUnsatisfiable ScheduleAnyway, in the program";
const strictly = `nothing keeps its pods off the machine of the others of role peer at any rate. ${remedy.replace("ScheduleAnyway", "DoNotSchedule and maxSkew 1")}`;

const names = ["orderer0", "orderer1", "orderer2"];
const orderers = (topologySpreadConstraint: (name: string) => object) =>
  names.map((name) =>
    workload(
      "StatefulSet",
      { name, role: "orderer", organization: "org1" },
      podSpec({ topologySpreadConstraints: [topologySpreadConstraint(name)] }),
    ),
  );
const alone = names.map(
  (name) =>
    `stacks/Pulumi.trade.yaml: baas:network.ordering: StatefulSet trade/${name}: nothing keeps its pods off the machine of the others of role orderer. ${remedy}`,
);

export const fixtures: Fixtures = {
  policy: spread,
  bad: [
    {
      title: "a peer that may be anywhere",
      objects: [peer()],
      messages: [`${of} nothing keeps its pods off the machine of the others of role peer. ${remedy}`],
    },
    {
      title: "a constraint on other pods, or on other places",
      objects: [constrained(constraint("orderer"), constraint("peer", { topologyKey: "kubernetes.io/arch" }))],
      messages: [`${of} nothing keeps its pods off the machine of the others of role peer. ${remedy}`],
    },
    {
      title: "a constraint that gives way, where the environment wants none to",
      objects: [constrained(constraint("peer"))],
      settings: { strict: ["peer"] },
      messages: [`${of} ${strictly}`],
    },
    {
      title: "a constraint that lets three be together, where the environment wants none to",
      objects: [constrained(constraint("peer", { whenUnsatisfiable: "DoNotSchedule", maxSkew: 3 }))],
      settings: { strict: ["peer"] },
      messages: [`${of} ${strictly}`],
    },
    {
      title: "orderers of which each is spread by itself",
      objects: orderers((name) =>
        constraint("orderer", { labelSelector: { matchLabels: labels("orderer", "org1", name) } }),
      ),
      messages: alone,
    },
    {
      title: "orderers of which each is told apart by a key, and such that select none",
      objects: [
        ...orderers(() => constraint("orderer", { matchLabelKeys: ["app.kubernetes.io/instance"] })).slice(0, 2),
        ...orderers(() => constraint("orderer", { labelSelector: undefined })).slice(2),
      ],
      messages: alone,
    },
  ],
  good: [
    { title: "a spread", objects: [constrained(constraint("peer"))], messages: [] },
    { title: "orderers that are spread together", objects: orderers(() => constraint("orderer")), messages: [] },
    {
      title: "a strict spread",
      objects: [constrained(constraint("peer", { whenUnsatisfiable: "DoNotSchedule" }))],
      settings: { strict: ["peer"] },
      messages: [],
    },
    {
      title: "anti-affinity, and a Job",
      objects: [
        peer(
          {},
          podSpec({
            affinity: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: constraint("peer") }],
              },
            },
          }),
        ),
        workload("Job", { name: "test", role: "client" }),
      ],
      messages: [],
    },
  ],
};
