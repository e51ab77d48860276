/** A client of the Kubernetes API. Its errors have the server's messages. */
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { isWorkload, type KubernetesObject, type ObjectMeta, type ResourceType } from "./kubernetesObject";

/** Field manager of everything that `apply` sets. */
export const fieldManager = "baas-apply";

/** An error response of the API server. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** HTTP status. */
    readonly status: number,
    message: string,
    readonly reason: string = "",
    readonly causes: { reason?: string; message?: string; field?: string }[] = [],
  ) {
    super(message);
  }
}

/** A change of an object that is being watched. */
export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubernetesObject;
}

/** Which objects to list. */
export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Leaves out everything but apiVersion, kind and metadata. */
  metadataOnly?: boolean;
}

const requestTimeout = 30_000;
const attempts = 5;

/** Talks to an API server through a socket that leads to it. */
export class Api {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });
  private hasAnswered = false;

  /**
   * @param socketPath - of `kubectl proxy`
   * @param lastError - why requests could not be passed on
   * @param signal - ends all requests
   */
  constructor(
    private readonly socketPath: string,
    private readonly lastError: () => string,
    private readonly signal?: AbortSignal,
  ) {}

  /** A client for cleanup after the signal: its requests do not end with it. */
  withoutSignal(): Api {
    return new Api(this.socketPath, this.lastError);
  }

  /** Closes idle connections. */
  close(): void {
    this.agent.destroy();
  }

  /** The server's version. */
  async version(): Promise<string> {
    return (await this.json("GET", "/version")).gitVersion;
  }

  /** Any resource of the API, by its path. */
  async raw(path: string, accept?: string): Promise<any> {
    return this.json("GET", path, { accept });
  }

  /** The last lines that a container has logged. */
  async log(namespace: string, pod: string, container: string, tailLines: number): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}/log`;
    return this.answer("GET", path, { query: { container, tailLines: String(tailLines) }, accept: "*/*" });
  }

  /** An object, or undefined if it does not exist. */
  async get(type: ResourceType, namespace: string | undefined, name: string): Promise<KubernetesObject | undefined> {
    try {
      return await this.json("GET", objectPath(type, namespace, name));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** All objects of a kind. */
  async list(
    type: ResourceType,
    options: ListOptions = {},
  ): Promise<{ items: KubernetesObject[]; resourceVersion: string }> {
    const items: KubernetesObject[] = [];
    const accept = options.metadataOnly
      ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
      : undefined;
    for (let next: string | undefined; ;) {
      const query = { ...selectors(options), limit: "500", ...(next && { continue: next }) };
      const page = await this.json("GET", collectionPath(type, options.namespace), { query, accept });
      for (const item of page.items ?? []) items.push({ ...item, apiVersion: type.apiVersion, kind: type.kind });
      next = page.metadata?.continue;
      if (!next) return { items, resourceVersion: page.metadata?.resourceVersion ?? "" };
    }
  }

  /** Server-side apply. In a dry run the server does everything except storing the result. */
  async apply(
    type: ResourceType,
    object: KubernetesObject,
    { dryRun = false, force = false }: { dryRun?: boolean; force?: boolean } = {},
  ): Promise<KubernetesObject> {
    return this.json("PATCH", objectPath(type, object.metadata.namespace, object.metadata.name), {
      query: { fieldManager, fieldValidation: "Strict", force: String(force), ...(dryRun && { dryRun: "All" }) },
      // JSON is valid YAML, and server-side apply needs this content type.
      contentType: "application/apply-patch+yaml",
      body: object,
    });
  }

  /** Creates an object that must not exist yet. */
  async create(type: ResourceType, object: KubernetesObject): Promise<KubernetesObject> {
    const path = collectionPath(type, object.metadata.namespace);
    return this.json("POST", path, { query: { fieldManager: `${fieldManager}-lock` }, body: object, once: true });
  }

  /** Replaces an object if it has not changed since it was read. */
  async replace(type: ResourceType, object: KubernetesObject): Promise<KubernetesObject> {
    const path = objectPath(type, object.metadata.namespace, object.metadata.name);
    return this.json("PUT", path, { query: { fieldManager: `${fieldManager}-lock` }, body: object, once: true });
  }

  /** Changes some fields. */
  async patch(type: ResourceType, namespace: string | undefined, name: string, patch: unknown): Promise<void> {
    const contentType = "application/merge-patch+json";
    await this.json("PATCH", objectPath(type, namespace, name), { contentType, body: patch, query: { fieldManager } });
  }

  /**
   * Deletes an object if it is still the one that was read. A workload is deleted after its pods; for other kinds the garbage
   * collector deletes what they own.
   *
   * @returns whether it existed
   */
  async delete(type: ResourceType, { name, namespace, uid }: ObjectMeta): Promise<boolean> {
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: isWorkload(type) ? "Foreground" : "Background",
      ...(uid !== undefined && { preconditions: { uid } }),
    };
    try {
      await this.json("DELETE", objectPath(type, namespace, name), { body });
      return true;
    } catch (error) {
      // 409: a new object has this name.
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return false;
      throw error;
    }
  }

  /** Reports changes until the signal or the server ends the stream; servers do so from time to time. */
  async watch(
    type: ResourceType,
    options: ListOptions & { resourceVersion: string },
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = { ...selectors(options), watch: "1", resourceVersion: options.resourceVersion };
    const response = await this.open("GET", collectionPath(type, options.namespace), { query, signal, stream: true });
    if (response.statusCode !== 200) throw apiError(response.statusCode ?? 0, await text(response), this.lastError());
    let partial = "";
    response.setEncoding("utf8");
    try {
      for await (const chunk of response) {
        const lines = (partial + chunk).split("\n");
        partial = lines.pop() ?? "";
        for (const line of lines) if (line.trim() !== "") onEvent(JSON.parse(line));
      }
    } catch (error) {
      // The caller opens a broken stream again.
      if (signal.aborted || (error as NodeJS.ErrnoException).code === "ECONNRESET") return;
      throw error;
    }
  }

  private async json(method: string, path: string, options: RequestOptions = {}): Promise<any> {
    const body = await this.answer(method, path, options);
    return body === "" ? undefined : JSON.parse(body);
  }

  /** The body of an answer, asked for again where that may help. */
  private async answer(method: string, path: string, options: RequestOptions): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.open(method, path, options);
        const body = await text(response);
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) {
          this.hasAnswered = true;
          return body;
        }
        throw apiError(status, body, this.lastError());
      } catch (error) {
        // Retries only if the server has answered before. A repeated request has the same effect, except if it is marked `once`.
        const again = this.hasAnswered && attempt < attempts && !options.once && !this.signal?.aborted;
        if (!again || !isTransient(error)) throw error;
        await sleep(200 * 2 ** attempt);
      }
    }
  }

  private open(method: string, path: string, options: RequestOptions): Promise<IncomingMessage> {
    const { query = {}, body, contentType, accept, stream = false } = options;
    const search = new URLSearchParams(query).toString();
    const content = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          socketPath: this.socketPath,
          method,
          path: search === "" ? path : `${path}?${search}`,
          headers: {
            host: "localhost",
            accept: accept ?? "application/json",
            ...(content !== undefined && {
              "content-type": contentType ?? "application/json",
              "content-length": Buffer.byteLength(content),
            }),
          },
          agent: stream ? false : this.agent,
          signal: options.signal ?? this.signal,
        },
        resolve,
      );
      if (!stream)
        request.setTimeout(requestTimeout, () => request.destroy(new Error(`no answer to ${method} ${path}`)));
      request.on("error", reject);
      request.end(content);
    });
  }
}

interface RequestOptions {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
  stream?: boolean;
  once?: boolean;
}

function selectors({ labelSelector, fieldSelector }: ListOptions): Record<string, string> {
  return { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
}

function collectionPath({ apiVersion, plural, namespaced }: ResourceType, namespace?: string): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespaced && namespace !== undefined ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;
}

function objectPath(type: ResourceType, namespace: string | undefined, name: string): string {
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function apiError(status: number, body: string, proxyError: string): ApiError {
  try {
    const { message, reason, details } = JSON.parse(body);
    return new ApiError(status, message, reason, details?.causes ?? []);
  } catch {
    // kubectl itself answers 502 if it cannot reach the server.
    return new ApiError(status, status === 502 && proxyError !== "" ? proxyError : body.trim() || `HTTP ${status}`);
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) {
    return (
      [429, 502, 503, 504].includes(error.status) ||
      (error.status === 500 && /etcd|leader|timeout/i.test(error.message))
    );
  }
  return ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");
}
