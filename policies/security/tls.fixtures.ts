import { container, type Fixtures, labels, object, peer, podSpec, workload } from "../testing/fixtures";
import { tls } from "./tls";

const pod = (changes: object) => peer({}, podSpec({}, [container({ ...changes })]));
const env = (name: string, value: string) => pod({ env: [{ name, value }] });
const configMap = (data: Record<string, string>) =>
  object({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "peer0-org1", namespace: "trade", labels: labels("peer", "org1") },
    data,
  });
const authority = (url: string) =>
  object({
    apiVersion: "baas.io/v1alpha1",
    kind: "CertificateAuthority",
    metadata: { name: "ca", namespace: "trade", labels: labels("certificate-authority", "org1") },
    spec: { url },
  });
const place = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]:";
const of = `${place} StatefulSet trade/peer0-org1:`;
const map = `${place} ConfigMap trade/peer0-org1:`;

const forOperator = (version: string, kind: string, spec: object) =>
  object(
    { apiVersion: `monitoring.coreos.com/${version}`, kind, metadata: { name: "any" }, spec },
    { stack: "platform-bank" },
  );
const ofOperator = "stacks/Pulumi.platform-bank.yaml: baas:platform:";

export const fixtures: Fixtures = {
  policy: tls,
  bad: [
    {
      title: "a peer without TLS",
      objects: [env("CORE_PEER_TLS_ENABLED", "false"), configMap({ "core.yaml": "peer: { tls: { enabled: false } }" })],
      messages: [
        `${of} variable "CORE_PEER_TLS_ENABLED" of container "main" is "false": it switches TLS off. Leave TLS on in the program`,
        `${place} ConfigMap trade/peer0-org1: "peer.tls.enabled" in entry "core.yaml" is false: it switches TLS off. Set it to true in the program`,
      ],
    },
    {
      title: "objects for the Prometheus operator that verify nothing, and tell without TLS",
      objects: [
        forOperator("v1", "ServiceMonitor", { endpoints: [{ tlsConfig: { insecureSkipVerify: true } }] }),
        forOperator("v1alpha1", "AlertmanagerConfig", {
          receivers: [{ webhookConfigs: [{ url: "http://chat.example.com/" }] }],
        }),
      ],
      messages: [
        `${ofOperator} ServiceMonitor any: spec.endpoints[0].tlsConfig.insecureSkipVerify is true: it switches TLS off. Leave TLS on in the program`,
        `${ofOperator} AlertmanagerConfig any: spec.receivers[0].webhookConfigs[0].url is an address without TLS: http://chat.example.com/. Use https in the program`,
      ],
    },
    {
      title: "certificates that nobody verifies",
      objects: [env("NODE_TLS_REJECT_UNAUTHORIZED", "0"), env("X_INSECURE_SKIP_VERIFY", "true")],
      messages: [
        `${of} variable "NODE_TLS_REJECT_UNAUTHORIZED" of container "main" is "0": it switches TLS off. Leave TLS on in the program`,
        `${of} variable "X_INSECURE_SKIP_VERIFY" of container "main" is "true": it switches TLS off. Leave TLS on in the program`,
      ],
    },
    {
      title: "arguments that switch it off",
      objects: [pod({ args: ["--tls=false", "--insecure"] })],
      messages: ["--tls=false", "--insecure"].map(
        (argument) => `${of} argument "${argument}" of container "main" switches TLS off. Leave it out in the program`,
      ),
    },
    {
      title: "a chaincode without TLS",
      objects: [
        env("CHAINCODE_TLS_DISABLED", "true"),
        configMap({ "connection.json": '{ "address": "asset:9999", "tls_required": false }' }),
      ],
      messages: [
        `${of} variable "CHAINCODE_TLS_DISABLED" of container "main" is "true": it switches TLS off. Leave TLS on in the program`,
        `${map} "tls_required" in entry "connection.json" is false: it switches TLS off. Leave TLS on in the program`,
      ],
    },
    {
      title: "words that switch it off, also in a shell, a probe and a script",
      objects: [
        pod({ args: ["--tls.enabled", "false"] }),
        pod({
          command: ["sh", "-c", "peer node start --tls.enabled=false"],
          readinessProbe: { exec: { command: ["curl", "--insecure", "https://localhost"] } },
        }),
        configMap({ "start.sh": "#!/bin/sh\nexport CORE_PEER_TLS_ENABLED=false\nexec peer node start --tls=false\n" }),
      ],
      messages: [
        `${of} argument "--tls.enabled" of container "main" switches TLS off, with false after it. Leave both out in the program`,
        `${of} argument "peer node start --tls.enabled=false" of container "main" switches TLS off. Leave it out in the program`,
        `${of} argument "--insecure" of readinessProbe of container "main" switches TLS off. Leave it out in the program`,
        `${map} entry "start.sh" switches TLS off with CORE_PEER_TLS_ENABLED=false. Leave TLS on in the program`,
        `${map} entry "start.sh" switches TLS off. Leave it out in the program`,
      ],
    },
    {
      title: "a Kafka that speaks plain text",
      objects: [
        env("KAFKA_ADVERTISED_LISTENERS", "SSL://kafka0:9093,PLAINTEXT://kafka0:9092"),
        configMap({ "server.properties": "listeners=SASL_PLAINTEXT://:9092\nsecurity.protocol=PLAINTEXT\n" }),
      ],
      messages: [
        `${of} variable "KAFKA_ADVERTISED_LISTENERS" of container "main" is an address without TLS: PLAINTEXT://kafka0:9092. Use SSL in the program`,
        `${map} "listeners" in entry "server.properties" is an address without TLS: SASL_PLAINTEXT://:9092. Use SASL_SSL in the program`,
        `${map} "security.protocol" in entry "server.properties" is PLAINTEXT: it switches TLS off. Leave TLS on in the program`,
      ],
    },
    {
      title: "configuration files without it",
      objects: [
        configMap({
          "core.yaml": "peer: { tls: { cert: { file: tls.crt } } }",
          "orderer.yaml": "General: { TLS: { Enabled: } }",
          "gateway.yaml": "insecure_skip_verify: true\nca: { url: 'http://ca-org1:7054' }\n",
        }),
      ],
      messages: [
        `"insecure_skip_verify" in entry "gateway.yaml" is true: it switches TLS off. Leave TLS on`,
        `"ca.url" in entry "gateway.yaml" is an address without TLS: http://ca-org1:7054. Use https`,
        `"peer.tls" in entry "core.yaml" does not enable TLS, which Fabric leaves off by default. Enable it`,
        `"General.TLS" in entry "orderer.yaml" does not enable TLS, which Fabric leaves off by default. Enable it`,
      ].map((what) => `${map} ${what} in the program`),
    },
    {
      title: "addresses without it",
      objects: [env("CA_URL", "http://ca-org1:7054"), authority("http://ca-org1.trade.svc:7054")],
      messages: [
        `${of} variable "CA_URL" of container "main" is an address without TLS: http://ca-org1:7054. Use https in the program`,
        `${place} CertificateAuthority trade/ca: spec.url is an address without TLS: http://ca-org1.trade.svc:7054. Use https in the program`,
      ],
    },
    {
      title: "a probe of a node over http",
      objects: [pod({ livenessProbe: { httpGet: { path: "/healthz", port: 9443 } } })],
      messages: [
        `${of} livenessProbe of container "main" uses http, so that anybody can call the port without TLS. Set scheme to HTTPS in the program`,
      ],
    },
  ],
  good: [
    {
      title: "TLS everywhere",
      objects: [
        env("CORE_PEER_TLS_ENABLED", "true"),
        configMap({ "orderer.yaml": "General: { TLS: { Enabled: true } }", "core.yaml": "gossip: { enabled: false }" }),
        configMap({ "connection.json": '{ "$schema": "http://json-schema.org/schema", "tls_required": true }' }),
        configMap({ "start.sh": "#!/bin/sh\n# http://www.apache.org/licenses\nexec orderer --tls.enabled true\n" }),
        env("KAFKA_LISTENERS", "SSL://:9093,PLAINTEXT://localhost:9092"),
        authority("https://ca-org1.trade.svc:7054"),
        pod({ livenessProbe: { httpGet: { path: "/healthz", port: 9443, scheme: "HTTPS" } } }),
      ],
      messages: [],
    },
    {
      title: "http within the pod, optional client certificates, and the controller's probe",
      objects: [
        env("COUCHDB_URL", "http://127.0.0.1:5984"),
        env("CORE_PEER_TLS_CLIENTAUTHREQUIRED", "false"),
        workload(
          "Deployment",
          { name: "controller", role: "controller" },
          podSpec({}, [container({ livenessProbe: { httpGet: { path: "/healthz", port: 8080 } } })]),
        ),
      ],
      messages: [],
    },
  ],
};
