/** What the session program answers to the editor's extension, and to nobody else. */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { z } from "zod";

import type { StudioEditorSettings } from "../../../../model/contracts/studioEditor";
import { Failure, messageOf } from "../../../common/failure";
import { bodyOf } from "../../../common/requestBody";
import type { Calls } from "./calls";
import type { Logs } from "./logs";
import type { NextVersions } from "./nextVersion";
import { runTests } from "./projectTests";
import { type SessionDescription, tokenHeader } from "./protocol";
import type { RunningContract } from "./runningContract";

/** What the server works with. */
export interface Services {
  settings: StudioEditorSettings;
  contract: RunningContract;
  calls: Calls;
  logs: Logs;
  versions: NextVersions;
  token: string;
}

/** Longest request, in bytes. */
const longest = 4 * 1024 * 1024;

const callSchema = z.strictObject({
  function: z.string().min(1),
  arguments: z.array(z.string()),
  transient: z.record(z.string(), z.string()).optional(),
  kind: z.enum(["evaluate", "submit"]),
  identity: z.string().optional(),
  organization: z.string().optional(),
});

const rangeSchema = z.object({
  from: z.string().default(""),
  to: z.string().default(""),
  prefix: z.string().optional(),
  pageSize: z.coerce.number().int().min(1).max(500).default(50),
  bookmark: z.string().default(""),
});

const versionSchema = z.object({ version: z.string(), author: z.string().default("studio") });

/** A request, read. */
interface Asked {
  query: Record<string, string>;
  body: unknown;
}

type Answer = (asked: Asked) => unknown;

/** Serves the extension. */
export function createSessionServer(services: Services): Server {
  const routes = routesOf(services);
  return createServer((request, response) => {
    handle(services, routes, request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      send(response, error instanceof Failure || error instanceof z.ZodError ? 400 : 500, { error: reasonOf(error) });
    });
  });
}

function routesOf({ settings, contract, calls, logs, versions }: Services): Record<string, Answer> {
  return {
    "GET /session": () => describe(settings, calls),
    "GET /ends": () => calls.ends(),
    "GET /contract": () => contract.describe(),
    "POST /calls": ({ body }) => calls.call(callSchema.parse(body) as Parameters<Calls["call"]>[0]),
    "GET /state": ({ query }) => {
      const { prefix, ...range } = rangeSchema.parse(query);
      return calls.range(prefix ? { ...range, from: prefix, to: `${prefix}\u{10ffff}` } : range);
    },
    "GET /state/history": ({ query }) => calls.history(z.string().min(1).parse(query.key)),
    "POST /tests": () => runTests(contract.project.folder, contract.project.language, logs),
    "GET /patch": ({ query }) => versions.patch(versionSchema.parse(query).version),
    "POST /branches": ({ body }) => {
      const { version, author } = versionSchema.parse(body);
      return versions.push(version, author);
    },
  };
}

function describe(settings: StudioEditorSettings, { missing }: Calls): SessionDescription {
  const { network, channel, chaincode, version, api, stackFile, source, remote } = settings;
  return {
    ...{ network, channel, chaincode, version },
    identities: api?.identities ?? [],
    organizations: api?.organizations ?? [],
    ...(missing !== undefined && { noCalls: missing }),
    hasStackFile: stackFile !== undefined && source !== undefined,
    hasRemote: remote !== undefined,
  };
}

async function handle(
  services: Services,
  routes: Record<string, Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refusal = refusalOf(request, services.token);
  if (refusal !== undefined) return send(response, 403, { error: refusal });
  const url = new URL(request.url ?? "/", "http://session");
  if (request.method === "GET" && url.pathname === "/logs") return follow(services.logs, response);
  const route = Object.hasOwn(routes, `${request.method} ${url.pathname}`)
    ? routes[`${request.method} ${url.pathname}`]
    : undefined;
  if (route === undefined) return send(response, 404, { error: `there is no ${request.method} ${url.pathname}` });
  const body = request.method === "POST" ? await read(request) : undefined;
  send(response, 200, await route({ query: Object.fromEntries(url.searchParams), body }));
}

/** A page in the developer's browser does not know the token, and another name for the loopback is not taken. */
function refusalOf({ headers }: IncomingMessage, token: string): string | undefined {
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? "")) return "the session is asked at 127.0.0.1 only";
  const given = Buffer.from(String(headers[tokenHeader] ?? ""));
  const wanted = Buffer.from(token);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return undefined;
  return `the header ${tokenHeader} does not have the token of this session`;
}

function follow(logs: Logs, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const stop = logs.follow((line) => void response.write(`${JSON.stringify(line)}\n`));
  response.on("close", stop);
}

async function read(request: IncomingMessage): Promise<unknown> {
  const text = await bodyOf(request, longest);
  if (text === undefined) throw new Failure(`the request is longer than ${longest} bytes`);
  try {
    return text === "" ? {} : (JSON.parse(text) as unknown);
  } catch {
    throw new Failure("the request is no JSON");
  }
}

function send(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return messageOf(error);
  return error.issues.map(({ path, message }) => `${path.join(".") || "the request"}: ${message}`).join("; ");
}
