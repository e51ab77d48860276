import { container, labels, object, peer, podSpec, type Fixtures } from "../testing/fixtures";
import { defaultPasswords } from "./defaultPasswords";

const pod = (changes: object) => peer({}, podSpec({}, [container({ ...changes })]));
const secret = (data: object) =>
  object({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "registrar", namespace: "trade", labels: labels("peer", "org1") },
    ...data,
  });
const place = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]:";
const of = `${place} StatefulSet trade/peer0-org1:`;
const known = "is a password that everybody knows.";
const refer = "Refer to a Secret with a random one, by valueFrom.secretKeyRef, in the program";

export const fixtures: Fixtures = {
  policy: defaultPasswords,
  bad: [
    {
      title: "the password of Fabric CA's samples",
      objects: [pod({ command: ["fabric-ca-server", "start", "-b", "admin:adminpw"] })],
      messages: [`${of} argument "admin:adminpw" of container "main" ${known} ${refer}`],
    },
    {
      title: "a variable, and an address",
      objects: [
        pod({ env: [{ name: "COUCHDB_PASSWORD", value: "adminpw" }], args: ["https://admin:adminpw@ca:7054"] }),
      ],
      messages: [
        `${of} variable "COUCHDB_PASSWORD" of container "main" ${known} ${refer}`,
        `${of} argument "https://admin:adminpw@ca:7054" of container "main" ${known} ${refer}`,
      ],
    },
    {
      title: "a Secret",
      objects: [
        secret({ stringData: { username: "admin", password: "changeit" } }),
        secret({ data: { "registrar-password": Buffer.from("adminpw\n").toString("base64") } }),
      ],
      messages: ["password", "registrar-password"].map(
        (key) =>
          `${place} Secret trade/registrar: entry "${key}" ${known} Let it be made: random.RandomPassword, or the network controller, in the program`,
      ),
    },
  ],
  good: [
    {
      title: "random passwords, and words that are none",
      objects: [
        secret({ stringData: { username: "admin", password: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } }),
        secret({ data: { password: Buffer.from("qE7cG").toString("base64") } }),
        pod({
          env: [{ name: "MODE", value: "test" }],
          args: ["node", "peer0-org1:7051", "https://ca:7054"],
        }),
      ],
      messages: [],
    },
  ],
};
