/** The HTTP server: what every request goes through, and where the routes are. */
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";

import type { Settings } from "../settings";
import type { ServerTls } from "../tls";
import { writeAudit } from "./audit";
import { addCalls } from "./calls";
import { documentation } from "./documentation";
import { addLedger } from "./ledger";
import { refuseUnknown } from "./notFound";
import { Problem, problemOf } from "./problem";
import type { Routes, Services } from "./services";
import { addTryPage } from "./tryPage";
import { answerUnreadable } from "./unreadable";

/** Makes the server. */
export async function createServer(
  settings: Settings,
  services: Services,
  tls: ServerTls | undefined,
): Promise<FastifyInstance> {
  const { limits } = settings;
  // Node takes the longer one of the two times for the body. It looks for late requests at the interval.
  const timeouts = {
    headersTimeout: limits.requestTime,
    connectionsCheckingInterval: Math.min(limits.requestTime, 1000),
  };
  const server = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTime,
    clientErrorHandler: answerUnreadable,
    http: timeouts as never,
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: "idle",
    return503OnClosing: true,
    ...(tls && {
      https: { ...timeouts, ...tls, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" as const },
    }),
  }) as unknown as FastifyInstance;
  server.removeContentTypeParser("text/plain");
  server.decorateRequest("caller", null as never);
  server.decorateRequest("audit", null as never);
  addErrors(server, services);
  await server.register(swagger, documentation(settings.access));
  await server.register(rateLimit, rateLimits(settings));
  const routes = withSchemas(server);
  addTryPage(routes);
  await server.register(async (protectedServer) => {
    protectedServer.addHook("onRequest", async (request) => {
      request.caller = await services.access.authenticate(request);
      request.audit.caller = request.caller.name;
    });
    protectedServer.addHook("onRequest", protectedServer.rateLimit());
    const protectedRoutes = withSchemas(protectedServer);
    addCalls(protectedRoutes, services);
    addLedger(protectedRoutes, services);
  });
  await server.ready();
  return server;
}

function withSchemas(server: FastifyInstance): Routes {
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  return server.withTypeProvider<ZodTypeProvider>();
}

function addErrors(server: FastifyInstance, { log, metrics }: Services): void {
  server.addHook("onRequest", async (request) => {
    request.audit = {};
  });
  server.addHook("onResponse", async (request, reply) => {
    metrics.answered(request.routeOptions.url ?? "none", reply.statusCode, reply.elapsedTime / 1000);
    if (request.audit.caller !== undefined || reply.statusCode === 401) writeAudit(log, request, reply);
  });
  server.setErrorHandler(async (error: FastifyError, request, reply) => {
    const problem = requestProblem(error) ?? problemOf(error);
    const { code, more } = problem;
    request.audit.code = code;
    if (more.txID !== undefined) request.audit.txID = String(more.txID);
    if (code === "STORE") log.warn("The database failed", { url: request.routeOptions.url, error: error.message });
    if (code === "INTERNAL") log.error("A request failed", { url: request.routeOptions.url, error: error.stack });
    return answer(reply, problem);
  });
  refuseUnknown(server);
}

function answer(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, more } = problem;
  if (status === 401) void reply.header("WWW-Authenticate", "Bearer");
  if (more.allow !== undefined) void reply.header("Allow", more.allow);
  if (more.retryAfter !== undefined) void reply.header("Retry-After", String(more.retryAfter));
  return reply.status(status).type("application/problem+json").serializer(JSON.stringify).send(problem.toJSON());
}

/** What is wrong with a request, seen before it reaches a route. */
function requestProblem(error: FastifyError): Problem | undefined {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const mistakes = error.validation.map(({ instancePath, message }) =>
      [instancePath.slice(1).replaceAll("/", "."), message].filter(Boolean).join(": "),
    );
    const where = error.validationContext === "params" ? "path" : (error.validationContext ?? "request");
    return new Problem(400, "INVALID_ARGUMENT", `The ${where} has mistakes: ${mistakes.join("; ")}.`);
  }
  const { code, statusCode, message } = error;
  if (!/^FST_/.test(code ?? "") || statusCode === undefined || statusCode >= 500) return undefined;
  const kind = statusCode === 413 ? "TOO_LARGE" : "INVALID_REQUEST";
  return new Problem(statusCode, kind, `${message.replace(/\.$/, "")}.`);
}

function rateLimits({ limits }: Settings) {
  return {
    global: false,
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request: FastifyRequest) => request.caller.name,
    errorResponseBuilder: (_request: FastifyRequest, { ttl, max }: { ttl: number; max: number }) =>
      new Problem(429, "TOO_MANY_REQUESTS", `You have made ${max} requests within a minute, as many as you may.`, {
        retryAfter: Math.ceil(ttl / 1000),
      }),
  };
}
