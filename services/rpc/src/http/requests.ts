/** JSON-RPC over HTTP: one POST with one call, or a batch. */
import type { IncomingMessage, ServerResponse } from "node:http";

import { bodyOf } from "../../../common/requestBody";
import type { Caller } from "../access/access";
import { errorAnswer, noCall } from "../filter/answers";
import type { Service } from "../service";

/** Why a request is not read. */
interface Refusal {
  status: number;
  message: string;
  headers?: Record<string, string>;
}

/** Answers a request. Neither its path nor its headers go to a log: they may have a token. */
export async function answerRequest(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
): Promise<void> {
  const origin = allowedOrigin(service, request);
  const headers: Record<string, string> =
    origin === undefined ? {} : { "Access-Control-Allow-Origin": origin, Vary: "Origin" };
  if (request.method === "OPTIONS" && origin !== undefined) return preflight(response, headers);
  const caller = service.access.callerOf(request, address);
  const refusal = "status" in caller ? caller : refusalOf(request);
  if (refusal !== undefined) return refuse(service, response, address, { ...refusal, headers });
  const text = await bodyOf(request, service.rules.limits.bodyBytes);
  if (text === undefined) {
    const message = `a request has at most ${service.rules.limits.bodyBytes} bytes`;
    return refuse(service, response, address, { status: 413, message, headers: { ...headers, Connection: "close" } });
  }
  const { status, body, retryAfter } = await service.answer(text, caller as Caller);
  write(response, status, body!, {
    ...headers,
    ...(retryAfter !== undefined && { "Retry-After": String(retryAfter) }),
  });
}

/** The page whose script calls, if it may. */
export function allowedOrigin({ origins }: Service, { headers }: IncomingMessage): string | undefined {
  return headers.origin !== undefined && origins.has(headers.origin) ? headers.origin : undefined;
}

function preflight(response: ServerResponse, headers: Record<string, string>): void {
  const allowed = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
  };
  response.writeHead(204, { ...headers, ...allowed, "Access-Control-Max-Age": "600" }).end();
}

function refusalOf({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== "POST") return { status: 405, message: "calls come by POST, or over a WebSocket" };
  // Pages of anybody can have browsers send other types without asking first.
  if (!/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    return { status: 415, message: "calls have the content type application/json" };
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    return { status: 415, message: "calls are not compressed" };
  }
  return undefined;
}

function refuse(
  service: Service,
  response: ServerResponse,
  address: string,
  { status, message, headers }: Refusal,
): void {
  service.metrics.told(status);
  service.log.info("refused", { address, status, why: message });
  const more: Record<string, string> =
    status === 401 ? { "WWW-Authenticate": "Bearer" } : status === 405 ? { Allow: "POST" } : {};
  // What is not read of a body ends with the connection.
  write(response, status, errorAnswer(null, noCall(message)), { ...headers, ...more, Connection: "close" });
}

function write(response: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  const usual = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  };
  response.writeHead(status, { ...usual, ...headers, "Content-Length": Buffer.byteLength(body) }).end(body);
}
