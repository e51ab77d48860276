/** A pod that reads metrics as Prometheus would, with or without a certificate of the platform's CA `operations`. */
import { enrolContainerName } from "../../model/contracts/enrolment";
import { platformCryptoDir } from "../../model/contracts/platformCa";
import type { FabricCluster } from "./fabricCluster";

/** Copied into the namespace of the pod by hand, as docs/certificates.md says. */
const copied = ["secret/monitoring-enrolment", "configmap/platform-ca-roots"];

/**
 * Reads one address, and prints its status with a line of its metrics, or the code of the error. Arguments: URL, the root of the server,
 * how to authenticate, what the line contains.
 */
const script = `
const { readFileSync } = require("node:fs");
const [url, ca, folder, wanted] = process.argv.slice(1);
const own = folder && { cert: readFileSync(folder + "/server.crt"), key: readFileSync(folder + "/server.key") };
const { get } = require(url.startsWith("https:") ? "node:https" : "node:http");
const call = get(url, { ca, ...own, timeout: 5000 }, (response) => {
  let text = "";
  response.on("data", (chunk) => (text += chunk));
  response.on("end", () => console.log(response.statusCode, text.split("\\n").find((line) => line.includes(wanted)) ?? ""));
});
call.on("timeout", () => call.destroy(Object.assign(new Error(), { code: "no connection" })));
call.on("error", (error) => console.log(error.code));
`;

/** A pod in a namespace of its own. */
export class MetricsReader {
  private constructor(
    private readonly fabric: FabricCluster,
    private readonly namespace: string,
  ) {}

  /**
   * Starts the pod.
   *
   * @param enrols - whether it enrols with the platform's CA; otherwise it has no certificate
   */
  static async start(fabric: FabricCluster, namespace: string, enrols: boolean): Promise<MetricsReader> {
    await fabric.kubectl("create", "namespace", namespace);
    const [{ spec }] = await fabric.list("-n", "dev", "pods", "-l", "app.kubernetes.io/instance=peer0-org1");
    const { image, securityContext } = spec.initContainers.find(({ name }: any) => name === enrolContainerName);
    if (enrols) await copySecrets(fabric, namespace);
    const pod = readerPod(namespace, { image, securityContext, pod: spec.securityContext, enrols });
    await fabric.kubectlWith(JSON.stringify(pod), "apply", "-f", "-");
    await fabric.kubectl("-n", namespace, "wait", "--for=condition=Ready", "pod/reader", "--timeout=180s");
    return new MetricsReader(fabric, namespace);
  }

  /** Reads an address: the status with the first line that contains a text, or the code of the error. */
  async read(url: string, wanted: string, { root = "", withCertificate = true } = {}): Promise<string> {
    const folder = withCertificate ? `${platformCryptoDir("operations")}/tls` : "";
    const args = ["node", "-e", script, url, root, folder, wanted];
    return (await this.fabric.kubectl("-n", this.namespace, "exec", "reader", "-c", "reader", "--", ...args)).trim();
  }

  /** Removes it with its namespace. */
  async remove(): Promise<void> {
    await this.fabric.kubectl("delete", "namespace", this.namespace);
  }
}

async function copySecrets(fabric: FabricCluster, namespace: string): Promise<void> {
  for (const object of copied) {
    const { apiVersion, kind, metadata, data } = JSON.parse(
      await fabric.kubectl("-n", "baas-platform", "get", object, "-o", "json"),
    );
    const copy = { apiVersion, kind, metadata: { name: metadata.name, namespace }, data };
    await fabric.kubectlWith(JSON.stringify(copy), "apply", "-f", "-");
  }
}

function readerPod(
  namespace: string,
  parts: { image: string; securityContext: any; pod: any; enrols: boolean },
): object {
  const { image, securityContext, pod, enrols } = parts;
  const crypto = { name: "crypto", mountPath: platformCryptoDir("operations") };
  const env = {
    ENROL_CA_NAME: "operations",
    ENROL_CA_URL: "https://platform-ca.baas-platform.svc:7054",
    ENROL_HOSTS: `reader.${namespace}.svc`,
    ENROL_OUTPUT_DIR: crypto.mountPath,
    ENROL_ROOTS_DIR: "/etc/roots",
    ENROL_SECRET_DIR: "/etc/enrolment",
  };
  const enrol = {
    ...{ name: "enrol", image, securityContext, args: ["node"] },
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    volumeMounts: [
      crypto,
      { name: "roots", mountPath: "/etc/roots" },
      { name: "enrolment", mountPath: "/etc/enrolment" },
    ],
  };
  const command = ["node", "-e", "setInterval(() => {}, 1000)"];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "reader", namespace },
    spec: {
      securityContext: pod,
      terminationGracePeriodSeconds: 0,
      initContainers: enrols ? [enrol] : [],
      containers: [{ name: "reader", image, command, securityContext, volumeMounts: [crypto] }],
      volumes: [
        { name: "crypto", emptyDir: {} },
        ...(enrols
          ? [
              { name: "roots", configMap: { name: "platform-ca-roots" } },
              { name: "enrolment", secret: { secretName: "monitoring-enrolment", defaultMode: 0o440 } },
            ]
          : []),
      ],
    },
  };
}
