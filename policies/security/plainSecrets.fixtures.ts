import { container, labels, object, peer, podSpec, type Fixtures } from "../testing/fixtures";
import { plainSecrets } from "./plainSecrets";

const env = (...env: object[]) => peer({}, podSpec({}, [container({ env })]));
const args = (...args: string[]) => peer({}, podSpec({}, [container({ args })]));
const configMap = (data: Record<string, string>) =>
  object({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "peer0-org1", namespace: "trade", labels: labels("peer", "org1") },
    data,
  });
const place = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]:";
const pod = `${place} StatefulSet trade/peer0-org1:`;
const map = `${place} ConfigMap trade/peer0-org1:`;
const refer = "Refer to a Secret with valueFrom.secretKeyRef in the program";
const mount = "Put it into a Secret, and mount that instead, in the program";
const privateKey = ["-----BEGIN EC", "PRIVATE KEY-----\nMHcCAQ\n-----END EC", "PRIVATE KEY-----\n"].join(" ");

export const fixtures: Fixtures = {
  policy: plainSecrets,
  bad: [
    {
      title: "a password in a variable",
      objects: [env({ name: "COUCHDB_PASSWORD", value: "gu7ahK9e" })],
      messages: [
        `${pod} variable "COUCHDB_PASSWORD" of container "main" is a secret by its name, and its value is written out. ${refer}`,
      ],
    },
    {
      title: "addresses with passwords",
      objects: [env({ name: "CA_URL", value: "https://app:gu7ahK9e@ca:7054" }), args("-u", "https://app:gu7ahK9e@ca")],
      messages: [
        `${pod} variable "CA_URL" of container "main" is or contains an address with a password. ${refer}`,
        `${pod} argument "https://app:gu7ahK9e@ca" of container "main" is or contains an address with a password. ${refer}`,
      ],
    },
    {
      title: "a private key in a ConfigMap",
      objects: [configMap({ "key.pem": privateKey })],
      messages: [`${map} entry "key.pem" is or contains a private key. ${mount}`],
    },
    {
      title: "passwords in configuration files",
      objects: [
        configMap({
          "core.yaml": "ledger:\n  state:\n    couchDBConfig: { username: peer, password: gu7ahK9e }\n",
          "server.properties": "# settings\nlistener.password=gu7ahK9e\n",
        }),
      ],
      messages: [
        `${map} "ledger.state.couchDBConfig.password" in entry "core.yaml" is a secret by its name, and its value is written out. ${mount}`,
        `${map} "listener.password" in entry "server.properties" is a secret by its name, and its value is written out. ${mount}`,
      ],
    },
  ],
  good: [
    {
      title: "a reference to a Secret",
      objects: [env({ name: "COUCHDB_PASSWORD", valueFrom: { secretKeyRef: { name: "couchdb", key: "password" } } })],
      messages: [],
    },
    {
      title: "files with secrets, and settings about them",
      objects: [
        env({ name: "TLS_KEY_FILE", value: "/tls/key" }, { name: "DB_PASSWORD", value: "/run/secrets/password" }),
        configMap({ "core.yaml": "password: ''\ntoken: /var/run/token\nkeyFile: tls.key\n" }),
        configMap({ "ca.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" }),
        args("https://ca:7054", "$(PASSWORD)"),
      ],
      messages: [],
    },
  ],
};
