/** An issuer of tokens in a pod, as OpenID Connect discovery finds it: it shows its keys over TLS, and tests sign with them. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

import { type KeyPair, TestCa } from "../../../client/src/testing/testCertificates";

/** Where tests put it, and how they reach the cluster. */
interface IssuerCluster {
  kubectl(...args: string[]): Promise<string>;
  kubectlWith(input: string, ...args: string[]): Promise<string>;
}

const namespace = "login";
const name = "issuer";
const port = 8443;
const host = `${name}.${namespace}.svc.cluster.local`;
const folder = "/etc/issuer";
const audience = "baas-test";
const keyId = "key";

/** Serves what the files say. */
const program = `
const { readFileSync } = require("node:fs");
const read = (file) => readFileSync("${folder}/" + file, "utf8");
const answers = { "/.well-known/openid-configuration": read("configuration"), "/keys": read("keys") };
require("node:https").createServer({ cert: read("certificate"), key: read("key") }, ({ url }, response) => {
  response.writeHead(answers[url] ? 200 : 404, { "content-type": "application/json" }).end(answers[url]);
}).listen(${port});
process.on("SIGTERM", () => process.exit(0));
`;

/** Issues tokens. */
export class IssuerPod {
  readonly url = `https://${host}:${port}`;
  readonly audience = audience;

  private constructor(
    /** Root (PEM) of its certificate. */
    readonly root: string,
    private readonly key: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"],
  ) {}

  /**
   * Starts it in a namespace of its own.
   *
   * @param image - with Node, which the cluster has
   */
  static async start(cluster: IssuerCluster, image: string): Promise<IssuerPod> {
    const ca = new TestCa("issuer-ca", 365);
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const issuer = new IssuerPod(ca.certificate, privateKey);
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: keyId, alg: "ES256", use: "sig" }] };
    const objects = issuer.objects(image, ca.issue("issuer", host), keys);
    ca.close();
    await cluster.kubectl("delete", "namespace", namespace, "--ignore-not-found");
    await cluster.kubectlWith(JSON.stringify({ kind: "List", apiVersion: "v1", items: objects }), "apply", "-f", "-");
    await cluster.kubectl("-n", namespace, "wait", "--for=condition=Ready", `pod/${name}`, "--timeout=120s");
    return issuer;
  }

  /** A token, valid for an hour. */
  token(subject: string, claims: JWTPayload = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: this.url, aud: audience, sub: subject, iat: now, exp: now + 3600, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: keyId }).sign(this.key);
  }

  private objects(image: string, { certificate, key }: KeyPair, keys: object): object[] {
    const labels = { app: name };
    const metadata = { name, namespace };
    const container = {
      ...{ name, image, command: ["node", "-e", program] },
      ports: [{ containerPort: port }],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      volumeMounts: [{ name: "files", mountPath: folder }],
    };
    const configuration = JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` });
    return [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      {
        ...{ apiVersion: "v1", kind: "Secret", metadata },
        stringData: { certificate, key, configuration, keys: JSON.stringify(keys) },
      },
      { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port }] } },
      {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { ...metadata, labels } },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          containers: [container],
          volumes: [{ name: "files", secret: { secretName: name } }],
        },
      },
    ];
  }
}
