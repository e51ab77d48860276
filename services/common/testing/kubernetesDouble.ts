/** A Kubernetes API for tests. */
import { EventEmitter } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { newPrivateKey, parsePrivateKey } from "../keys";
import { TestCa } from "./testCa";

/** An object as the API server keeps it. */
type Stored = Record<string, any>;

interface Change {
  type: string;
  version: number;
  collection: string;
  object: Stored;
}

const namespace = "dev";
const token = "token-of-the-test";

/**
 * A test double of the Kubernetes API over real TLS: create, get, replace, patch, delete, list and watch of any
 * collection, with resource versions, generations and conflicts.
 */
export class KubernetesDouble {
  /** Objects by path, `/api/v1/namespaces/dev/secrets/x`. */
  readonly objects = new Map<string, Stored>();
  readonly calls: string[] = [];
  /** Answers a call with this status instead, if it returns one. */
  intercept: (method: string, path: string) => number | undefined = () => undefined;
  /** Sees a call (`GET /api/v1/…`) before it has its effect and again before it is answered; what it says "drop" of goes no further. */
  onCall: (call: string, moment: "before" | "after") => "drop" | void = () => {};
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly history: Change[] = [];
  private readonly watches = new Set<{ destroy(): void }>();
  private version = 100;
  /** Objects are made a second apart, so that their times tell their order. */
  private readonly epoch = Date.now() - 60 * 60_000;
  private oldest = 0;

  private constructor(
    private readonly server: Server,
    private readonly ca: TestCa,
  ) {}

  static async start(): Promise<KubernetesDouble> {
    const ca = await TestCa.make("kubernetes");
    const key = newPrivateKey();
    const cert = await ca.issue(parsePrivateKey(key)!, "kube-apiserver", ["127.0.0.1"]);
    const server = createServer({ key, cert });
    const double = new KubernetesDouble(server, ca);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "", "https://x");
        if (request.headers.authorization !== `Bearer ${token}`) {
          response.writeHead(401).end(JSON.stringify({ kind: "Status", code: 401, message: "Unauthorized" }));
          return;
        }
        if (url.searchParams.get("watch")) {
          double.watch(url, response);
          return;
        }
        const text = Buffer.concat(chunks).toString();
        const body = text === "" ? undefined : (JSON.parse(text) as Stored);
        // Of the types of patches, the one that the double understands.
        if (request.method === "PATCH" && request.headers["content-type"] !== "application/merge-patch+json") {
          response.writeHead(415).end(JSON.stringify({ kind: "Status", code: 415, message: "unsupported media type" }));
          return;
        }
        const call = `${request.method} ${url.pathname}`;
        if (double.onCall(call, "before") === "drop") return response.destroy();
        const { status, answer } = double.answer(request.method ?? "", url, body);
        if (double.onCall(call, "after") === "drop") return response.destroy();
        response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return double;
  }

  /** A kubeconfig that leads to it. */
  get kubeconfig(): string {
    const server = `https://127.0.0.1:${this.port}`;
    const name = "double";
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name, cluster: { server, "certificate-authority-data": Buffer.from(this.ca.pem).toString("base64") } },
      ],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    });
  }

  /** The environment of a pod with this API server, the token of its service account mounted in `directory`. */
  environment(directory: string): Record<string, string> {
    mkdirSync(directory, { recursive: true });
    for (const [name, text] of Object.entries({ token, namespace, "ca.crt": this.ca.pem })) {
      writeFileSync(join(directory, name), text);
    }
    return {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(this.port),
      ENROL_SERVICE_ACCOUNT_DIR: directory,
    };
  }

  /** Creates or replaces an object as a user would with `kubectl apply`. */
  apply(collection: string, object: Stored): Stored {
    const path = `${collection}/${object.metadata.name}`;
    const before = this.objects.get(path);
    const same = before && JSON.stringify(before.spec) === JSON.stringify(object.spec);
    const metadata = {
      uid: `uid-${this.version}`,
      creationTimestamp: new Date(this.epoch + this.version * 1000).toISOString(),
      ...before?.metadata,
      ...object.metadata,
      generation: (before?.metadata.generation ?? 0) + (same ? 0 : 1),
    };
    const data = object.stringData
      ? Object.fromEntries(
          Object.entries(object.stringData as Record<string, string>).map(([name, value]) => [
            name,
            Buffer.from(value).toString("base64"),
          ]),
        )
      : object.data;
    return this.store(before ? "MODIFIED" : "ADDED", collection, {
      ...object,
      metadata,
      ...(data ? { data } : {}),
      status: before?.status,
    });
  }

  /** Changes the status of an object, as a kubelet does. */
  setStatus(path: string, status: object): void {
    const collection = path.slice(0, path.lastIndexOf("/"));
    this.store("MODIFIED", collection, { ...this.objects.get(path), status });
  }

  /** Deletes an object. */
  remove(path: string): void {
    const object = this.objects.get(path);
    if (!object) return;
    this.objects.delete(path);
    this.publish("DELETED", path.slice(0, path.lastIndexOf("/")), object);
  }

  /** Breaks every watch in the middle, as a network does. */
  breakWatches(): void {
    for (const watch of this.watches) watch.destroy();
  }

  /** Forgets history: a watch that goes on from before is answered with 410. */
  compact(): void {
    this.oldest = this.version;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private store(type: string, collection: string, object: Stored): Stored {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.version) } };
    this.objects.set(`${collection}/${object.metadata.name}`, stored);
    this.publish(type, collection, stored, this.version);
    return stored;
  }

  private publish(type: string, collection: string, object: Stored, version = ++this.version): void {
    const change = { type, collection, version, object };
    this.history.push(change);
    this.changes.emit("change", change);
  }

  private answer(method: string, url: URL, body: Stored | undefined): { status: number; answer: unknown } {
    const path = url.pathname;
    this.calls.push(`${method} ${path}`);
    const failure = (status: number, message: string) => ({
      status,
      answer: { kind: "Status", code: status, message },
    });
    const refused = this.intercept(method, path);
    if (refused !== undefined) return failure(refused, `intercepted with ${refused}`);
    if (method === "POST") {
      const target = `${path}/${body!.metadata.name}`;
      if (this.objects.has(target)) return failure(409, "already exists");
      return { status: 201, answer: this.apply(path, body!) };
    }
    if (method === "GET" && this.objects.has(path)) return { status: 200, answer: this.objects.get(path) };
    if (method === "GET" && isCollection(path)) {
      const items = [...this.objects].filter(([key]) => inCollection(path, key.slice(0, key.lastIndexOf("/"))));
      return {
        status: 200,
        answer: { metadata: { resourceVersion: String(this.version) }, items: items.map(([, object]) => object) },
      };
    }
    const object = this.objects.get(path.replace(/\/status$/, ""));
    if (!object) return failure(404, "not found");
    if (method === "DELETE") {
      const { uid, resourceVersion } = { ...object.metadata, ...body?.preconditions };
      const isSame = uid === object.metadata.uid && resourceVersion === object.metadata.resourceVersion;
      if (!isSame) return failure(409, "the object has been modified");
      this.remove(path);
      return { status: 200, answer: object };
    }
    const expected = body?.metadata?.resourceVersion as string | undefined;
    if (expected && expected !== object.metadata.resourceVersion) return failure(409, "the object has been modified");
    const collection = path.replace(/\/status$/, "").replace(/\/[^/]*$/, "");
    if (method === "PATCH" && path.endsWith("/status")) {
      return { status: 200, answer: this.store("MODIFIED", collection, { ...object, status: body!.status }) };
    }
    if (method === "PATCH") {
      return { status: 200, answer: this.store("MODIFIED", collection, merged(object, body!) as Stored) };
    }
    if (method === "DELETE") {
      if (body?.preconditions?.resourceVersion !== object.metadata.resourceVersion && body?.preconditions) {
        return failure(409, "the object has been modified");
      }
      this.remove(path);
      return { status: 200, answer: { kind: "Status" } };
    }
    return {
      status: 200,
      answer: this.store("MODIFIED", collection, { ...object, ...body, metadata: object.metadata }),
    };
  }

  private watch(
    url: URL,
    response: {
      writeHead(status: number): unknown;
      write(text: string): unknown;
      end(): unknown;
      destroy(): unknown;
      on(event: "close", listener: () => void): unknown;
    },
  ): void {
    const from = Number(url.searchParams.get("resourceVersion"));
    const refused = this.intercept("GET", url.pathname);
    response.writeHead(refused ?? 200);
    if (refused !== undefined) return void response.end();
    const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
    if (from < this.oldest) {
      send("ERROR", { kind: "Status", code: 410, message: "too old resource version" });
      response.end();
      return;
    }
    const onChange = ({ type, collection, version, object }: Change) => {
      if (version <= from || !inCollection(url.pathname, collection)) return;
      send(type, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    };
    const watch = { destroy: () => response.destroy() };
    this.watches.add(watch);
    this.history.forEach(onChange);
    this.changes.on("change", onChange);
    response.write("\n");
    response.on("close", () => {
      this.watches.delete(watch);
      this.changes.off("change", onChange);
    });
  }
}

/** A document with a merge patch applied (RFC 7386). */
function merged(target: unknown, patch: unknown): unknown {
  const isMap = (value: unknown): value is Stored =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(patch)) return patch;
  const result: Stored = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

/** Whether a collection, over all namespaces or not, holds that of a namespace. */
const inCollection = (wanted: string, collection: string): boolean =>
  wanted === collection || wanted === collection.replace(/\/namespaces\/[^/]+/, "");

/** Whether a path is that of a collection rather than of an object: every API has them in the same place. */
const isCollection = (path: string): boolean =>
  /^\/(api\/v1|apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[^/]+$/.test(path);
