/** Attempts by texts: secrets, default passwords and TLS switches, wherever they stand. */
import { configMap, evasion, identity, own, secret, tool, toolWith, toolWithEnv } from "../../testing/evasion";
import { container, object, podSpec } from "../../testing/fixtures";

const secrets = "security-plain-secrets";
const passwords = "security-default-passwords";
const tls = "security-tls";

const fromConfigMap = (name: string) =>
  toolWith({ env: [{ name, valueFrom: { configMapKeyRef: { name: "settings", key: "colour" } } }] });
const args = (...args: string[]) => toolWith({ args });
const annotated = (annotations: Record<string, string>) => configMap({}, { annotations });
const privateKey = ["-----BEGIN OPENSSH", "PRIVATE KEY-----\nMHcCAQ\n-----END OPENSSH", "PRIVATE KEY-----\n"].join(" ");
const base64 = (text: string) => Buffer.from(text).toString("base64");
const javaOptions = "-Xmx1g -Djavax.net.ssl.keyStorePassword=gu7ahK9e";

/** Secrets that are written out. */
export const ofSecrets = [
  evasion(secrets, "a password as an entry of a ConfigMap", configMap({ DB_PASSWORD: "gu7ahK9e" })),
  evasion(secrets, "a password as a file of a ConfigMap", configMap({ "password.txt": "gu7ahK9e\n" })),
  evasion(secrets, "a password in a properties file", configMap({ "app.properties": "db.password=gu7ahK9e\n" })),
  evasion(secrets, "a password in an env file", configMap({ "app.env": "A=b\nexport DB_PASSWORD='gu7ahK9e'\n" })),
  evasion(
    secrets,
    "a password in the second document of a YAML file",
    configMap({ "a.yaml": "a: b\n---\ndb: { password: gu7ahK9e }\n" }),
  ),
  evasion(
    secrets,
    "a password in JSON in a variable",
    toolWithEnv({ SPRING_APPLICATION_JSON: '{"db":{"password":"gu7ahK9e"}}' }),
  ),
  evasion(
    secrets,
    "a password in YAML in JSON",
    configMap({ "a.json": JSON.stringify({ config: "db:\n  password: gu7ahK9e\n" }) }),
  ),
  evasion(secrets, "a password in an option in a variable", toolWithEnv({ JAVA_OPTS: javaOptions })),
  evasion(secrets, "a password in an option in a file", configMap({ "jvm.yaml": `options: "${javaOptions}"\n` })),
  evasion(
    secrets,
    "a password in JAAS",
    configMap({ "k.properties": 'sasl.jaas.config=x.PlainLoginModule required username="a" password="gu7ahK9e";\n' }),
  ),
  evasion(
    secrets,
    "a password in a connection string",
    toolWithEnv({ CONNECTION: "Server=db;User=app;Password=gu7ahK9e;" }),
  ),
  evasion(
    secrets,
    "a password in the query of an address",
    toolWithEnv({ DSN: "jdbc:postgresql://db/x?sslmode=verify-full&user=a&password=gu7ahK9e" }),
  ),
  evasion(secrets, "a password in an address without a user", toolWithEnv({ CACHE: "rediss://:gu7ahK9e@cache:6379" })),
  evasion(secrets, "a password in an address in a custom resource", identity({ url: "https://app:gu7ahK9e@ca:7054" })),
  evasion(secrets, "a password in a custom resource", identity({ database: { password: "gu7ahK9e" } })),
  evasion(
    secrets,
    "a password as name and value in a custom resource",
    identity({ settings: [{ name: "DB_PASSWORD", value: "gu7ahK9e" }] }),
  ),
  evasion(secrets, "passwords as a list", identity({ passwords: ["gu7ahK9e"] })),
  evasion(secrets, "a password of digits in a custom resource", identity({ password: 90817263 })),
  evasion(secrets, "a password in an annotation", annotated({ "example.com/db-password": "gu7ahK9e" })),
  evasion(secrets, "a password in JSON in an annotation", annotated({ "example.com/config": '{"token":"gu7ahK9e"}' })),
  evasion(
    secrets,
    "a password in an annotation of a pod template",
    tool(podSpec(), { template: { metadata: { annotations: { "vault-token": "gu7ahK9e" } }, spec: podSpec() } }),
  ),
  evasion(
    secrets,
    "a password in an annotation of a Service",
    own({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "a", annotations: { "lb.example.com/api-key": "gu7ahK9e" } },
      spec: {},
    }),
  ),
  evasion(secrets, "a password in an annotation of a Secret", secret({}, { annotations: { password: "gu7ahK9e" } })),
  evasion(secrets, "a password with a number", toolWithEnv({ DB_PASSWORD_1: "gu7ahK9e" })),
  evasion(secrets, "a password under a glued name", toolWithEnv({ PGPASSWORD: "gu7ahK9e" })),
  evasion(secrets, "a password in Base64", toolWithEnv({ DB_PASSWORD_BASE64: base64("gu7ahK9e") })),
  evasion(secrets, "a password by another word", configMap({ "a.yaml": "auth: { passcode: gu7ahK9e }\n" })),
  evasion(secrets, "a glued key", toolWithEnv({ APIKEY: "gu7ahK9e" })),
  evasion(secrets, "a password that only looks like a number of tokens", toolWithEnv({ DB_PASSWORD: "4096" })),
  evasion(secrets, "a secret that calls itself a limit", toolWithEnv({ MAX_TOKEN: "gu7ahK9e" })),
  evasion(
    secrets,
    "a password in documentation that is no word",
    configMap({ "README.md": "# Use\npassword: gu7ahK9e\n" }),
  ),
  evasion(secrets, "a private key in Base64", configMap({ key: base64(privateKey) })),
  evasion(secrets, "a private key in an annotation", annotated({ note: privateKey })),
  evasion(secrets, "a private key in a custom resource", identity({ tls: { pem: privateKey } })),
  evasion(
    secrets,
    "a bearer's token in a probe",
    toolWith({
      livenessProbe: {
        httpGet: {
          port: 1,
          scheme: "HTTPS",
          httpHeaders: [{ name: "Authorization", value: "Bearer gu7ahK9egu7ahK9e" }],
        },
      },
    }),
  ),
  evasion(
    secrets,
    "a bearer's token in an argument",
    args("curl", "-H", "Authorization: Bearer gu7ahK9egu7ahK9e", "https://ca"),
  ),
  evasion(secrets, "a token of GitLab under any name", toolWithEnv({ THING: `glpat-${"x1".repeat(10)}` })),
  evasion(
    secrets,
    "a file that an argument writes",
    args("sh", "-c", "cat > /tmp/db.yaml <<END\npassword: gu7ahK9e\nEND\n"),
  ),
  evasion(
    secrets,
    "a password by a variable of another name",
    toolWithEnv({ COLOUR: "gu7ahK9e", DB_PASSWORD: "$(COLOUR)" }),
  ),
  evasion(
    secrets,
    "a password by a variable in an argument",
    toolWith({ env: [{ name: "COLOUR", value: "gu7ahK9e" }], args: ["--password=$(COLOUR)"] }),
  ),
  evasion(
    secrets,
    "a password in an element of XML",
    configMap({ "a.xml": "<db>\n  <user>a</user>\n  <password>gu7ahK9e</password>\n</db>\n" }),
  ),
  evasion(
    secrets,
    "a password in an attribute of XML",
    configMap({ "a.xml": '<db>\n  <data user="a" password="gu7ahK9e"/>\n</db>\n' }),
  ),
  evasion(secrets, "a password in an INI file", configMap({ "a.ini": "[db]\nuser = a\npassword = gu7ahK9e\n" })),
  evasion(
    secrets,
    "a password after a space, as in redis.conf",
    configMap({ "redis.conf": "port: 6379\nrequirepass gu7ahK9e\n" }),
  ),
  evasion(secrets, "a password of a .netrc", configMap({ netrc: "machine ca login app password gu7ahK9e\n" })),
  evasion(
    secrets,
    "a header of nginx",
    configMap({ "nginx.conf": 'server {\n  proxy_set_header Authorization "Basic YXBwOmd1N2FoSzll";\n}\n' }),
  ),
  evasion(secrets, "a password for openssl", args("openssl", "rsa", "-passin", "pass:gu7ahK9e")),
  evasion(secrets, "a password from a ConfigMap, under another key", fromConfigMap("DB_PASSWORD")),
  evasion(
    secrets,
    "a key in a kubeconfig",
    configMap({
      kubeconfig: `apiVersion: v1\nkind: Config\nusers: [{ name: a, user: { client-key-data: ${base64(privateKey)} } }]\n`,
    }),
  ),
  evasion(
    secrets,
    "a password of an init container",
    tool(podSpec({ initContainers: [container({ name: "init", env: [{ name: "DB_PASSWORD", value: "gu7ahK9e" }] })] })),
  ),
  evasion(
    secrets,
    "a password in a manifest in a ConfigMap",
    configMap({
      "d.yaml": JSON.stringify({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "a", namespace: "trade" },
        spec: { template: { spec: podSpec({}, [container({ env: [{ name: "DB_PASSWORD", value: "gu7ahK9e" }] })]) } },
      }),
    }),
  ),
  evasion(passwords, "adminpw as an entry of a ConfigMap", configMap({ CA_PASSWORD: "adminpw" })),
  evasion(passwords, "adminpw in a custom resource", identity({ registrar: { password: "adminpw" } })),
  evasion(passwords, "adminpw in an annotation", annotated({ "example.com/password": "adminpw" })),
];

const entry = (name: string, text: string) => configMap({ [name]: text });
const hex = "8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63";
const pkcs8 = [
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
  "evZzL1gdAFr88hb2OF2NxApJCzGCEDdfSp6VQO30hyhRANCAAQR",
].join("");

/** Secrets by other names and forms, in other languages. */
export const ofMoreSecrets = [
  ...Object.entries({
    CORE_PEER_BCCSP_PKCS11_PIN: "71811222",
    HSM_PIN: "98374",
    MNEMONIC: "abandon abandon about",
    SEED: "gu7ahK9egu7ahK9e",
    DB_PSWD: "gu7ahK9e",
    DB_PASS_WORD: "gu7ahK9e",
    DBPWRD: "gu7ahK9e",
    FABRIC_CA_SERVER_USER: "registrar:gu7ahK9e",
    NODEKEY: hex,
    NODE_KEY: hex,
    A_PKCS8: pkcs8,
    A_SESSION: ["ASIA", "IOSFODNN7EXAMPLE"].join(""),
    A_NPM: `npm_${"a".repeat(36)}`,
    A_SENDGRID: `SG.${"a".repeat(22)}.${"b".repeat(43)}`,
    A_DIGITALOCEAN: `dop_v1_${"a".repeat(64)}`,
    HEADER: `Basic ${base64("admin:gu7ahK9e")}`,
    DB_PASSWORD: "/gu7ahK9e",
    DB_TOKEN: "<gu7ahK9e>",
    DB_SECRET: "https://gu7ahK9e",
    APP_PASSWORD: "this is a secret",
  }).map(([name, value]) => evasion(secrets, `a secret as variable ${name}`, toolWithEnv({ [name]: value }))),
  evasion(
    secrets,
    "a login of an image registry",
    entry(".dockerconfigjson", `{"auths":{"r.io":{"auth":"${base64("app:gu7ahK9e")}"}}}`),
  ),
  evasion(secrets, "hashes of passwords", entry("htpasswd", "admin:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\n")),
  evasion(secrets, "passwords of PostgreSQL", entry(".pgpass", "db:5432:*:app:gu7ahK9e\n")),
  evasion(secrets, "a password in JavaScript", entry("a.js", 'const x = 1;\nconst password = "gu7ahK9e";\n')),
  evasion(
    secrets,
    "a password in a module of JavaScript",
    entry("b.js", 'module.exports = { password: "gu7ahK9e", };'),
  ),
  evasion(secrets, "a password in HCL", entry("a.hcl", 'db { password = "gu7ahK9e" }')),
  evasion(secrets, "a password in TOML, with a comment", entry("a.toml", '[db]\npassword = "gu7ahK9e" # prod\n')),
  evasion(
    secrets,
    "a password in a property of XML",
    entry("a.xml", '<property name="db.password" value="gu7ahK9e"/>'),
  ),
  evasion(
    secrets,
    "a password in elements of XML",
    entry("a.xml", "<property><name>db.password</name><value>gu7ahK9e</value></property>"),
  ),
  evasion(secrets, "a login for curl, glued", args("curl", "-uapp:gu7ahK9e", "https://x")),
  evasion(secrets, "a password for mysql, glued", args("mysql", "-pgu7ahK9e")),
  evasion(secrets, "a password for ssh", args("sshpass", "-p", "gu7ahK9e", "ssh", "x")),
  evasion(secrets, "a password for Redis", args("redis-cli", "-a", "gu7ahK9e")),
  evasion(
    secrets,
    "a password from a field of the pod",
    toolWith({
      env: [{ name: "DB_PASSWORD", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['colour']" } } }],
    }),
  ),
  evasion(
    secrets,
    "a password of one letter",
    object({ length: 1 }, { type: "random:index/randomPassword:RandomPassword" }),
  ),
  evasion(
    secrets,
    "a registry's password of an image",
    object({ registry: { server: "r.io", password: "gu7ahK9e" } }, { type: "docker:index/image:Image" }),
  ),
  evasion(
    secrets,
    "an argument of an image's build",
    object({ build: { args: { PASSWORD: "gu7ahK9e" } } }, { type: "docker:index/image:Image" }),
  ),
  evasion(secrets, "an input of a component", object({ password: "gu7ahK9e" }, { type: "baas:index:Any" })),
];

/** TLS that is off or not verified. */
export const ofTls = [
  evasion(
    tls,
    "TLS off by a variable of another name",
    toolWithEnv({ COLOUR: "false", CORE_PEER_TLS_ENABLED: "$(COLOUR)" }),
  ),
  evasion(
    tls,
    "TLS off in a file of a Secret",
    secret({ stringData: { "core.yaml": "peer: { tls: { enabled: false } }" } }),
  ),
  evasion(
    "security-rbac",
    "a rule in a file of a Secret",
    secret({ data: { a: base64('{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}') } }),
  ),
  evasion(
    "security-known-kinds",
    "a manifest in a Secret",
    secret({ stringData: { a: '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}' } }),
  ),
  evasion(tls, "TLS off as an entry of a ConfigMap", configMap({ CORE_PEER_TLS_ENABLED: "false" })),
  evasion(tls, "TLS off by a word that Fabric takes for false", configMap({ CORE_PEER_TLS_ENABLED: "yes" })),
  evasion(tls, "TLS off by one letter", toolWithEnv({ ORDERER_GENERAL_TLS_ENABLED: "f" })),
  evasion(tls, "TLS off in an env file", configMap({ "peer.env": "CORE_PEER_TLS_ENABLED=false\n" })),
  evasion(tls, "TLS off in YAML in a variable", toolWithEnv({ CONFIG: "peer: { tls: { enabled: false } }" })),
  evasion(
    tls,
    "TLS off in the second document of a file",
    configMap({ "a.yaml": "a: b\n---\npeer: { tls: { enabled: false } }\n" }),
  ),
  evasion(tls, "a switch that stands in a ConfigMap under another key", fromConfigMap("CORE_PEER_TLS_ENABLED")),
  evasion(
    tls,
    "TLS off in a script of an argument",
    args("sh", "-c", "export CORE_PEER_TLS_ENABLED=false; exec peer node start"),
  ),
  evasion(
    tls,
    "TLS off in a properties file of a platform",
    configMap({ "a.properties": "server.ssl.enabled=false\n" }),
  ),
  evasion(tls, "TLS off in a custom resource", identity({ tls: { enabled: false } })),
  evasion(
    tls,
    "TLS off as name and value in a custom resource",
    identity({ env: [{ name: "CORE_PEER_TLS_ENABLED", value: "false" }] }),
  ),
  evasion(tls, "TLS off in an annotation", annotated({ "example.com/tls-enabled": "false" })),
  evasion(tls, "TLS off in JSON in an annotation", annotated({ "example.com/config": '{"tls":{"enabled":false}}' })),
  evasion(tls, "nobody verifies, in a custom resource", identity({ insecureSkipVerify: true })),
  evasion(tls, "nobody verifies, in a file", configMap({ "a.json": '{"tls":{"rejectUnauthorized":false}}' })),
  evasion(tls, "nobody verifies, for Python and Git", toolWithEnv({ PYTHONHTTPSVERIFY: "0", GIT_SSL_NO_VERIFY: "1" })),
  evasion(tls, "nobody verifies names", configMap({ "k.properties": "ssl.endpoint.identification.algorithm=\n" })),
  evasion(tls, "curl that verifies nobody", args("curl", "-sk", "https://ca-org1:7054")),
  evasion(tls, "curl that verifies nobody, in a script", configMap({ "a.sh": "#!/bin/sh\ncurl -fk https://ca\n" })),
  evasion(tls, "wget that verifies nobody", args("wget", "--no-check-certificate", "https://ca")),
  evasion(tls, "an option for TLS with another name", args("start", "--tls-enabled=false")),
  evasion(tls, "an option without TLS", args("grpcurl", "-plaintext", "peer0:7051")),
  evasion(tls, "a database that may be without TLS", toolWithEnv({ DSN: "postgresql+tls://db/x?sslmode=prefer" })),
  evasion(tls, "a database without TLS, by its mode", configMap({ "a.yaml": "db: { sslMode: disable }\n" })),
  evasion(
    tls,
    "plain text by the map of Kafka's listeners",
    toolWithEnv({ KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "A:SSL,B:PLAINTEXT" }),
  ),
  evasion(tls, "an address of a ConfigMap's entry without TLS", configMap({ CA_URL: "http://ca-org1:7054" })),
  evasion(tls, "an address in an annotation without TLS", annotated({ "example.com/hook": "http://hook.example.com" })),
  evasion(tls, "an address in a custom resource without TLS", identity({ server: { url: "http://ca-org1:7054" } })),
  evasion(tls, "an address of LDAP without TLS", toolWithEnv({ LDAP_URL: "ldap://directory:389" })),
  evasion(tls, "an address of a WebSocket without TLS", toolWithEnv({ SOCKET: "ws://node:8546" })),
  evasion(tls, "an address of a scheme that nobody lists", toolWithEnv({ QUEUE: "amqp://queue:5672" })),
  evasion(tls, "an address in an option without TLS", args("--ca-url", "http://ca-org1:7054")),
];

/** TLS that is off or unverified in the way of other programs. */
export const ofMoreTls = [
  evasion(
    tls,
    "HAProxy that verifies nobody",
    entry("haproxy.cfg", "backend x\n  server a peer0:7051 ssl verify none alpn h2\n"),
  ),
  evasion(tls, "nginx that verifies nobody", entry("nginx.conf", "server {\n  proxy_ssl_verify off;\n}\n")),
  evasion(tls, "a switch that a script takes away", args("sh", "-c", "unset CORE_PEER_TLS_ENABLED; peer node start")),
  evasion(tls, "a switch that env takes away", args("env", "-u", "CORE_PEER_TLS_ENABLED", "peer")),
  evasion(
    tls,
    "a switch that env takes away, by its long option",
    args("env", "--unset=CORE_PEER_TLS_ENABLED", "peer"),
  ),
  evasion(
    tls,
    "peers that do not prove who they are",
    entry("core.yaml", "peer: { tls: { enabled: true }, gossip: { skipHandshake: true } }\n"),
  ),
  evasion(
    tls,
    "the orderer's administration without TLS",
    entry("orderer.yaml", "General: { TLS: { Enabled: true } }\nAdmin: { ListenAddress: 0.0.0.0:9443 }\n"),
  ),
  evasion(tls, "a peer's file without a section", entry("core.yaml", "peer: { id: x }\n")),
  evasion(tls, "an orderer's file without a section", entry("orderer.yaml", "General: { ListenPort: 7050 }\n")),
  evasion(tls, "socat that verifies nobody", args("socat", "-", "OPENSSL:ca:7054,verify=0")),
  evasion(tls, "ssh that verifies nobody", args("ssh", "-o", "StrictHostKeyChecking=no", "x")),
  evasion(
    tls,
    "versions of TLS that are broken",
    toolWithEnv({ NODE_OPTIONS: "--tls-min-v1.0 --tls-cipher-list=ALL" }),
  ),
];

const budget = (spec: object) =>
  own({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "any" }, spec });

/** Budgets that stop maintenance. */
export const ofBudgets = [
  evasion(
    "availability-disruption-budgets",
    "a budget that holds all pods",
    budget({ selector: {}, maxUnavailable: 0 }),
  ),
  evasion(
    "availability-disruption-budgets",
    "a budget that holds pods of a Job",
    budget({ selector: { matchLabels: { a: "b" } }, minAvailable: "100%" }),
  ),
];
