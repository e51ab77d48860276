import { container, type Fixtures, labels, object, peer, podSpec } from "../testing/fixtures";
import { defaultPasswords } from "./defaultPasswords";

const pod = (changes: object) => peer({}, podSpec({}, [container({ ...changes })]));
const metadata = { name: "registrar", namespace: "trade", labels: labels("peer", "org1") };
const secret = (data: object) => object({ apiVersion: "v1", kind: "Secret", metadata, ...data });
const configMap = (data: object) => object({ apiVersion: "v1", kind: "ConfigMap", metadata, data });
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
      title: "a command line for a shell, options, a probe and a hook",
      objects: [
        pod({
          command: ["sh", "-c", "fabric-ca-server start -b admin:adminpw"],
          args: ["--password=adminpw", "--db-token", "changeit"],
          livenessProbe: { exec: { command: ["curl", "https://admin:adminpw@ca:7054"] } },
          lifecycle: { postStart: { exec: { command: ["sh", "-c", "export CA_PASSWORD='adminpw'; enrol"] } } },
        }),
      ],
      messages: [
        `"fabric-ca-server start -b admin:adminpw" of`,
        `"--password=adminpw" of`,
        `"changeit" of`,
        `"export CA_PASSWORD='adminpw'; enrol" of lifecycle.postStart of`,
        `"https://admin:adminpw@ca:7054" of livenessProbe of`,
      ].map((argument) => `${of} argument ${argument} container "main" ${known} ${refer}`),
    },
    {
      title: "settings and scripts in a ConfigMap",
      objects: [
        configMap({
          ".env": "export DB_PASSWORD=adminpw\n",
          "start.sh": "#!/bin/sh\nexec fabric-ca-server start -b admin:adminpw\n",
        }),
      ],
      messages: [`"DB_PASSWORD" in entry ".env"`, `entry "start.sh"`].map(
        (entry) => `${place} ConfigMap trade/registrar: ${entry} ${known} ${refer}`,
      ),
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
          command: ["sh", "-c", "chown couchdb:couchdb /data; exec couchdb -u $USER:$PASSWORD"],
          args: ["node", "peer0-org1:7051", "https://ca:7054"],
        }),
      ],
      messages: [],
    },
  ],
};
