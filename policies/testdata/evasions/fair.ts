/** What is fair, and must pass: settings that look like secrets, rights and traffic of the product itself. */
import {
  account,
  binding,
  clusterWide,
  configMap,
  identity,
  networkPolicy,
  role,
  secret,
  tool,
  toolPolicy,
  toolWith,
  toolWithEnv,
} from "../../testing/evasion";
import { container, labels, object, podSpec, type Resource } from "../../testing/fixtures";

/** Resources that the pack lets pass, beside a stack that violates nothing. */
export const fair: [title: string, ...resources: Resource[]][] = [
  ["passwords in a Secret", secret({ stringData: { password: "gu7ahK9e", "db.yaml": "password: gu7ahK9e\n" } })],
  ["a number of tokens", toolWithEnv({ MAX_TOKEN: "4096", MAX_TOKENS: "4096", TOKEN_LIMIT: "4096", NUM_TOKENS: "8" })],
  [
    "the same in files and custom resources",
    configMap({ "a.yaml": "maxToken: 4096\ntokens: 4096\n", MAX_TOKEN: "4096" }),
    identity({ maxToken: 4096 }),
  ],
  [
    "keys that hold an ID",
    toolWithEnv({
      ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      API_KEY_ID: "7",
      TOKEN_ID: "main",
      SECRET_ID: "42",
      SIGNING_KEY_ID: "key-2026",
    }),
  ],
  [
    "keys that are an ID",
    toolWithEnv({
      SESSION_KEY: "userId",
      ENCRYPTION_KEY: "arn:aws:kms:eu-west-1:1:key/1234abcd",
      KMS_ENCRYPTION_KEY: "1234abcd-12ab-34cd-56ef-1234567890ab",
    }),
  ],
  [
    "keys that nobody keeps secret",
    toolWithEnv({ PUBLIC_KEY: "MFkwEwYHKoZIzj0CAQYI", PARTITION_KEY: "assetId", PRIMARY_KEY: "id", KEY: "colour" }),
  ],
  [
    "documentation text",
    configMap({
      "README.md":
        "# Use\n\nThe password: ask the administrator.\nSet `DB_PASSWORD=<password>`, see http://example.com\n",
    }),
    identity(
      {},
      { annotations: { "example.com/description": "The token of the registrar is in a Secret, and TLS is on." } },
    ),
  ],
  [
    "text about passwords in a file of settings",
    configMap({
      "messages.yaml":
        "password: Your password must have twelve characters.\ntoken: The token of the session has ended\n",
    }),
  ],
  [
    "settings about secrets",
    toolWithEnv({
      PASSWORD_MIN_LENGTH: "12",
      TOKEN_TTL: "30s",
      SECRET_PROVIDER: "vault",
      PASSWORD_POLICY: "strict",
      TOKEN_URL: "https://idp.example.com/token",
      SECRET_NAME: "peer0-org1",
      TOKEN_AUDIENCE: "api",
    }),
  ],
  [
    "paths and references",
    toolWithEnv({
      DB_PASSWORD_FILE: "/run/password",
      DB_PASSWORD: "$(PASSWORD)",
      TLS_PRIVATE_KEY: "/tls/key.pem",
      API_TOKEN: "vault:secret/data/api#token",
    }),
  ],
  [
    "words that contain others",
    toolWithEnv({ BYPASS: "gossip", COMPASS: "north", TOKENIZER: "bpe-2", SECRETARY: "alice" }),
  ],
  [
    "names of Secrets in a custom resource",
    identity({ tlsSecret: "gateway-org1-tls", credentialsSecretName: "registrar", secretRef: { name: "a" } }),
  ],
  ["a certificate", configMap({ "ca.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" })],
  [
    "TLS that is on",
    toolWithEnv({
      CORE_PEER_TLS_ENABLED: "true",
      TLS_ENABLED: "yes",
      SSL_MODE: "verify-full",
      NODE_TLS_REJECT_UNAUTHORIZED: "1",
      INSECURE_SKIP_VERIFY: "false",
      TLS_CERT_FILE: "/tls/cert",
    }),
  ],
  [
    "addresses with TLS, or within the pod",
    toolWithEnv({
      A: "https://ca:7054",
      B: "http://127.0.0.1:5984",
      C: "grpcs://peer0:7051",
      D: "unix:///run/a.sock",
      E: "peer0-org1:7051",
    }),
  ],
  ["curl that verifies", toolWith({ args: ["curl", "-fsS", "--cacert", "/ca.pem", "https://ca:7054"] })],
  [
    "a setting that is no switch of TLS",
    toolWithEnv({ CORE_PEER_TLS_CLIENTAUTHREQUIRED: "false", GOSSIP_ENABLED: "false", TLS_SERVER_NAME: "none" }),
  ],
  [
    "a Role as those of certificate authorities",
    role(
      { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["ca-org1-roots"], verbs: ["get"] },
    ),
  ],
  ["a binding of an own Role to an own account", binding({ kind: "Role", name: "any" }, account("any"))],
  [
    "the controller's role in a network",
    binding({ kind: "ClusterRole", name: "baas-controller-network" }, account("baas-controller", "baas-platform")),
  ],
  [
    "traffic to pods that are named",
    toolPolicy({
      policyTypes: ["Egress"],
      egress: [
        { to: [{ podSelector: { matchLabels: labels("peer", "org1") } }], ports: [{ protocol: "TCP", port: 7051 }] },
      ],
    }),
  ],
  [
    "traffic to the controller",
    toolPolicy({
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "baas-platform" } },
              podSelector: { matchLabels: labels("controller") },
            },
          ],
        },
      ],
    }),
  ],
  [
    "DNS and the Kubernetes API",
    toolPolicy({
      policyTypes: ["Egress"],
      egress: [{ ports: [{ protocol: "UDP", port: 53 }, { port: 53 }] }, { ports: [{ port: 443 }, { port: 6443 }] }],
    }),
  ],
  [
    "the gateway's way in",
    networkPolicy("gateway", {
      podSelector: { matchLabels: labels("gateway", undefined, "gateway") },
      policyTypes: ["Ingress"],
      ingress: [{ ports: [{ protocol: "TCP", port: 8443 }] }],
    }),
  ],
  [
    "the environment's cluster",
    object(
      { context: "bank", kubeconfig: "", clusterIdentifier: "bank", enableServerSideApply: "true" },
      { type: "pulumi:providers:kubernetes" },
    ),
  ],
  [
    "providers of images and passwords",
    object({ version: "4.0.0" }, { type: "pulumi:providers:docker" }),
    object({}, { type: "random:index/randomPassword:RandomPassword" }),
  ],
  [
    "definitions of the product's own kinds",
    clusterWide(
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "channels.baas.io" },
        spec: { group: "baas.io", names: { kind: "Channel", plural: "channels" }, versions: [{ name: "v1alpha1" }] },
      },
      "platform-bank",
    ),
  ],
  [
    "volumes that the product uses",
    tool(
      podSpec(
        {
          volumes: [
            { name: "a", emptyDir: {} },
            { name: "b", secret: { secretName: "a" } },
            { name: "c", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
          ],
        },
        [container()],
      ),
    ),
  ],
  [
    "a configuration file that names kinds",
    configMap({ "kubeconfig.yaml": "apiVersion: v1\nkind: Config\ncontexts: []\n" }),
  ],
  ["a text that speaks of kubectl", configMap({}, { annotations: { runbook: "see kubectl logs, and the wiki" } })],
  [
    "tokens of a chain, and kinds of tokens",
    toolWithEnv({
      ...{
        TOKEN: "access",
        TOKEN_SYMBOL: "EURO",
        TOKEN_STANDARD: "ERC20",
        TOKEN_DECIMALS: "18",
        TOKEN_CONTRACT: "erc20",
      },
      ...{ TOKENS_PER_MINUTE: "100000", CORS_CREDENTIALS: "include", PUBLIC_KEY_HASH: "ab".repeat(32) },
    }),
    configMap({}, { annotations: { "example.com/token-standard": "ERC20", "example.com/token-symbol": "EURO" } }),
  ],
  [
    "settings that are no login",
    toolWithEnv({
      DB_USER: "app",
      RUN_AS_USER: "1000:1000",
      UPSTREAM: "peer0:7051",
      PINNED: "1",
      SEED_NODES: "a:7051",
    }),
  ],
  ["a random password", object({ length: 32 }, { type: "random:index/randomPassword:RandomPassword" })],
  [
    "switches of something else than TLS",
    toolWithEnv({
      ...{
        DISABLED_TLS_VERSIONS: "1",
        HTTP_TO_HTTPS: "off",
        CORE_VM_DOCKER_TLS_ENABLED: "false",
        NO_HTTPS_REDIRECT: "1",
      },
    }),
  ],
  [
    "addresses that nobody calls",
    configMap(
      {
        "ld.json": '{"@context":"http://schema.org"}',
        "s.json": '{"id":"http://json-schema.org/x"}',
        NOTICE: "This product has software of others.\nhttp://www.apache.org/\n",
      },
      { annotations: { "runbook-url": "http://wiki/x", "example.com/docs": "http://wiki.example.com/x" } },
    ),
  ],
  [
    "addresses that a smoke test writes to the ledger",
    toolWithEnv({ SMOKE_TEST_SUBMIT: '[["Mint","{id}","http://meta.example.com/1"]]' }),
  ],
  [
    "a check of health of a server whose connections are passed through",
    configMap({
      "haproxy.cfg": "backend a\n  server a peer0:7051 check port 9443 check-ssl verify none check-sni a\n",
    }),
  ],
];
