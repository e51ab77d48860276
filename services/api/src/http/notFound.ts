/** Answers to requests for what is not there: another path, or another method. */
import type { FastifyInstance, FastifyRequest } from "fastify";

import { Problem } from "./problem";

/** Refuses such requests before their bodies are read. Call it before routes are added. */
export function refuseUnknown(server: FastifyInstance): void {
  const known: { path: RegExp; methods: string[] }[] = [];
  server.addHook("onRoute", ({ path, method }) => {
    const pattern = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:[^/]+/g, "[^/]+");
    known.push({ path: new RegExp(`^${pattern}$`), methods: [method].flat() });
  });
  const problemOf = ({ method, url }: FastifyRequest): Problem => {
    const path = url.split("?")[0]!;
    const methods = known.filter((each) => each.path.test(path)).flatMap((each) => each.methods);
    if (methods.length === 0)
      return new Problem(404, "NOT_FOUND", "There is no such path. /openapi.json lists all of them.");
    const allow = [...new Set(methods)].join(", ");
    return new Problem(405, "METHOD_NOT_ALLOWED", `This path does not take ${method}. It takes ${allow}.`, { allow });
  };
  server.addHook("onRequest", async (request) => {
    if (request.is404) throw problemOf(request);
  });
}
