import { leavingLostNodes } from "../../model/contracts/lostNodes";
import { container, type Fixtures, labels, peer, podSpec, workload } from "../testing/fixtures";
import { nodeExporter } from "../testing/nodeExporter";
import { podFields } from "./podFields";

const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const orAllow = "or allow it by policies.security-pod-fields.fields in stacks/environments/bank.yaml";
const mounting = (...volumes: object[]) => peer({}, podSpec({ volumes }));

export const fixtures: Fixtures = {
  policy: podFields,
  bad: [
    {
      title: "fields that no pod of the product has",
      objects: [peer({}, podSpec({ nodeName: "a", hostAliases: [] }, [container({ tty: true })]))],
      messages: [
        `${of} nodeName is no field that the product uses. Leave it out in the program, ${orAllow}`,
        `${of} hostAliases is no field that the product uses. Leave it out in the program, ${orAllow}`,
        `${of} containers[0].tty is no field that the product uses. Leave it out in the program, ${orAllow}`,
      ],
    },
    {
      title: "what is another's",
      objects: [
        peer(
          {},
          podSpec({
            serviceAccountName: "ca-org1",
            volumes: [
              { name: "a", secret: { secretName: "ca-org1-registrar" } },
              { name: "b", persistentVolumeClaim: { claimName: "data-ca-org1-0" } },
            ],
          }),
        ),
      ],
      messages: [
        `${of} its pods use the account "ca-org1", which is not their own. Leave it out in the program`,
        `${of} its pods use the claim "data-ca-org1-0", which is not their own. Leave it out in the program`,
        `${of} its pods use the Secret "ca-org1-registrar", which is not theirs. Leave it out in the program`,
      ],
    },
    {
      title: "what another broker enrols with at the platform's CA",
      objects: [mounting({ name: "a", secret: { secretName: "kafka0-kafka-enrolment" } })],
      messages: [
        `${of} its pods use the Secret "kafka0-kafka-enrolment", which is not theirs. Leave it out in the program`,
      ],
    },
    {
      title: "a place that no file says",
      objects: [peer({}, podSpec({ tolerations: [{ operator: "Exists" }] }))],
      messages: [
        `${of} tolerations of its pods is not what "pods" of the environment or the stack file says. Leave it out in the program, ${orAllow}`,
      ],
    },
  ],
  good: [
    { title: "node-exporter, which reads its machine's root as nobody", objects: [nodeExporter()], messages: [] },
    {
      title: "pods that leave a lost machine soon",
      objects: [peer({}, podSpec({ tolerations: leavingLostNodes() }))],
      messages: [],
    },
    {
      title: "what a peer uses",
      objects: [
        peer(
          {},
          podSpec({
            serviceAccountName: "peer0-org1",
            automountServiceAccountToken: false,
            volumes: [
              { name: "a", secret: { secretName: "peer0-org1-enrolment" } },
              { name: "b", configMap: { name: "ca-org1-roots" } },
              { name: "c", configMap: { name: "peer0-org1" } },
              { name: "d", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
            ],
          }),
        ),
      ],
      messages: [],
    },
    {
      title: "what a broker, and an orderer that speaks to brokers, enrol with at the platform's CA",
      objects: [
        workload(
          "StatefulSet",
          { name: "kafka0", role: "kafka" },
          podSpec({ volumes: [{ name: "a", secret: { secretName: "kafka0-kafka-enrolment" } }] }),
        ),
        workload(
          "StatefulSet",
          { name: "orderer0-orderer", role: "orderer" },
          podSpec({ volumes: [{ name: "a", secret: { secretName: "orderer0-orderer-kafka-enrolment" } }] }),
        ),
      ],
      messages: [],
    },
    {
      title: "fields that the environment allows",
      objects: [mounting({ name: "a", ephemeral: {} })],
      settings: { fields: ["volumes.ephemeral"] },
      messages: [],
    },
    {
      title: "the gateway's Secrets",
      objects: [
        workload(
          "Deployment",
          { name: "gateway", role: "gateway" },
          podSpec({ volumes: [{ name: "a", secret: { secretName: "gateway-org1-enrolment" } }] }),
          { template: undefined },
        ),
        peer({ template: { metadata: { labels: labels("peer", "org1", "peer0-org1") }, spec: podSpec() } }),
      ],
      messages: [],
    },
  ],
};
