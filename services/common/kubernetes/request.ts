/** One request to the Kubernetes API, and the error for a refusal. */
import { request, type RequestOptions } from "node:https";

/** The API server's answer when it is not a success. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    /** HTTP status. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Longest wait for an answer, in milliseconds. */
const answerTimeout = 15_000;

/**
 * Makes one request.
 *
 * @param options - the server's address and the caller's credentials
 * @param body - becomes JSON
 * @returns the parsed answer
 * @throws {@link ApiError} when the API server refused, Error when it is not reachable
 */
export function requestJson<T>(options: RequestOptions, body?: unknown, contentType = "application/json"): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(options.headers as object),
    Accept: "application/json",
    "Content-Type": contentType,
    // Of a DELETE, Node would send the body without saying that there is one.
    ...(text !== undefined && { "Content-Length": Buffer.byteLength(text) }),
  };
  return new Promise<T>((resolve, reject) => {
    const outgoing = request({ ...options, headers, timeout: answerTimeout }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const status = response.statusCode ?? 0;
        if (status < 200 || status >= 300) return reject(new ApiError(status, apiMessage(text, status)));
        try {
          resolve(JSON.parse(text) as T);
        } catch {
          reject(new Error(`the API server's answer (${status}) is not JSON`));
        }
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the API server did not answer in 15 s")));
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

/** Makes a request for an object that may not exist: undefined if the API server does not find it. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function apiMessage(text: string, status: number): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? `status ${status}`;
  } catch {
    return `status ${status}`;
  }
}
