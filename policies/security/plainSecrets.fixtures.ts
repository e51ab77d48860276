import { container, type Fixtures, labels, object, peer, podSpec } from "../testing/fixtures";
import { plainSecrets } from "./plainSecrets";

const env = (...env: object[]) => peer({}, podSpec({}, [container({ env })]));
const args = (...args: string[]) => peer({}, podSpec({}, [container({ args })]));
const configMap = (data: Record<string, string>, binaryData: Record<string, string> = {}) =>
  object({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "peer0-org1", namespace: "trade", labels: labels("peer", "org1") },
    data,
    binaryData,
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
      title: "passwords of digits, and one that only looks like a reference",
      objects: [
        env({ name: "DB_PASSWORD", value: "90817263" }),
        env({ name: "DB_PASSWORD", value: "$ummer2024" }, { name: "API_TOKEN", value: "${TOKEN:-gu7ahK9e}" }),
      ],
      messages: ["DB_PASSWORD", "DB_PASSWORD", "API_TOKEN"].map(
        (name) =>
          `${pod} variable "${name}" of container "main" is a secret by its name, and its value is written out. ${refer}`,
      ),
    },
    {
      title: "more names of secrets",
      objects: [
        env(
          ...["JWT_SECRET_KEY", "ENCRYPTION_KEY", "ADMIN_USERPW", "signingKey", "aws.access-key"].map((name) => ({
            name,
            value: "gu7ahK9e",
          })),
        ),
      ],
      messages: ["JWT_SECRET_KEY", "ENCRYPTION_KEY", "ADMIN_USERPW", "signingKey", "aws.access-key"].map(
        (name) =>
          `${pod} variable "${name}" of container "main" is a secret by its name, and its value is written out. ${refer}`,
      ),
    },
    {
      title: "passwords in command lines, probes and hooks",
      objects: [
        args("start", "--password=S3cr3t!x"),
        args("-b", "admin:Xk39sdkd9"),
        args("--couchdb-pw", "90817263", "--user=app:gu7ahK9e"),
        args("exec curl -u 'app:gu7ahK9e' \"$URL\""),
        peer(
          {},
          podSpec({}, [container({ livenessProbe: { exec: { command: ["curl", "https://app:gu7ahK9e@ca"] } } })]),
        ),
        peer(
          {},
          podSpec({}, [container({ lifecycle: { preStop: { exec: { command: ["x", "--token=gu7ahK9e"] } } } })]),
        ),
      ],
      messages: [
        `"--password=S3cr3t!x" of container "main" has a password written out`,
        `"admin:Xk39sdkd9" of container "main" has a password written out`,
        `"90817263" of container "main" has a password written out`,
        `"--user=app:gu7ahK9e" of container "main" has a password written out`,
        `"exec curl -u 'app:gu7ahK9e' "$URL"" of container "main" has a password written out`,
        `"https://app:gu7ahK9e@ca" of livenessProbe of container "main" is or contains an address with a password`,
        `"--token=gu7ahK9e" of lifecycle.preStop of container "main" has a password written out`,
      ].map((argument) => `${pod} argument ${argument}. ${refer}`),
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
      objects: [
        configMap({ "key.pem": privateKey }),
        configMap({}, { "key.bin": Buffer.from(privateKey).toString("base64") }),
      ],
      messages: ["key.pem", "key.bin"].map((key) => `${map} entry "${key}" is or contains a private key. ${mount}`),
    },
    {
      title: "a script and its variables",
      objects: [
        configMap({
          "start.sh": '#!/bin/sh\nDB_PASSWORD="gu7ahK9e" exec start\n',
          ".env": "export DB_PASSWORD='gu7ahK9e'\n",
          "write.sh": "#!/bin/sh\ncat > db.yaml <<END\n  password: gu7ahK9e\n  token: $token\nEND\n",
        }),
      ],
      messages: [
        `${map} "DB_PASSWORD" in entry ".env" is a secret by its name, and its value is written out. ${mount}`,
        `${map} "password" in entry "write.sh" is a secret by its name, and its value is written out. ${mount}`,
        `${map} entry "start.sh" has a password written out. ${mount}`,
      ],
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
        env({ name: "ENCRYPTION_KEY", value: "tls/server.key" }, { name: "SIGNING_KEY_PATH", value: "keys/current" }),
        configMap({ "kafka.properties": "a.password=${file:/run/kafka:password}\nb.password=$PASSWORD\n" }),
        configMap({}, { "logo.png": "iVBORw0KGgoAAAANSUhEUgAA" }),
      ],
      messages: [],
    },
    {
      title: "command lines with references, paths, ports, users and switches",
      objects: [
        args("--password=$(PASSWORD)", "--token", "${TOKEN}", "--secret=/run/secret", "--no-password", "db"),
        args("-b", "0.0.0.0:8080", "--user", "1000:1000", "-u", "https://ca:7054", "--password", "", "node"),
        args('PW="$(cat /run/pw)"; (export DB_PASSWORD=$pw) && curl -u ${USER:-app}:$pw --pass=`cat pw`'),
        configMap({
          "run.sh": '#!/bin/sh\n# DB_PASSWORD=gu7ahK9e\npassword=$(cat pw)\nexec x --password "$password"\n',
        }),
      ],
      messages: [],
    },
  ],
};
