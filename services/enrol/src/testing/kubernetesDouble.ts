/** An API server for tests, which holds ConfigMaps. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { TestCa } from "../../../common/testing/testCa";
import type { ConfigMap } from "../kubernetes";

const namespace = "dev";
const token = "token-of-the-test";

/** A test double of the Kubernetes API for ConfigMaps, over real TLS. */
export class KubernetesDouble {
  readonly configMaps = new Map<string, ConfigMap>();
  readonly calls: string[] = [];
  /** Answers with this status, if set. */
  refuseWith: number | undefined;
  private constructor(
    private readonly server: Server,
    private readonly ca: TestCa,
  ) {}

  static async start(): Promise<KubernetesDouble> {
    const ca = await TestCa.make("kubernetes");
    const key = newPrivateKey();
    const cert = await ca.issue(parsePrivateKey(key)!, "kube-apiserver", ["localhost", "127.0.0.1"]);
    const server = createServer({ key, cert });
    const double = new KubernetesDouble(server, ca);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { status, body } = double.answer(
          request.method ?? "",
          request.url ?? "",
          request.headers.authorization ?? "",
          Buffer.concat(chunks).toString(),
        );
        response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return double;
  }

  /** The environment of a pod with this API server, its token mounted in `directory`. */
  environment(directory: string): Record<string, string> {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "token"), token);
    writeFileSync(join(directory, "namespace"), namespace);
    writeFileSync(join(directory, "ca.crt"), this.ca.pem);
    return {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String((this.server.address() as AddressInfo).port),
      ENROL_SERVICE_ACCOUNT_DIR: directory,
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(method: string, url: string, authorization: string, text: string): { status: number; body: unknown } {
    this.calls.push(`${method} ${url}`);
    const status = (code: number, message: string) => ({ status: code, body: { kind: "Status", code, message } });
    if (authorization !== `Bearer ${token}`) return status(401, "Unauthorized");
    if (this.refuseWith !== undefined) return status(this.refuseWith, "configmaps is forbidden");
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    if (method === "GET" && url.startsWith(`${collection}/`)) {
      const found = this.configMaps.get(url.slice(collection.length + 1));
      return found ? { status: 200, body: found } : status(404, "not found");
    }
    if (method === "POST" && url === collection) {
      const configMap = JSON.parse(text) as ConfigMap;
      if (this.configMaps.has(configMap.metadata.name)) return status(409, "already exists");
      this.configMaps.set(configMap.metadata.name, configMap);
      return { status: 201, body: configMap };
    }
    return status(405, "method not allowed");
  }
}
