/** The OpenAPI document, and the page to try it. Neither loads anything from elsewhere. */
import { readFileSync } from "node:fs";

import type { FastifyInstance } from "fastify";

import type { Routes } from "./services";

// Beside this file, and beside the bundle.
const read = (file: string): string => readFileSync(new URL(`page/${file}`, import.meta.url), "utf8");

const files = [
  { path: "/try", file: "try.html", type: "text/html; charset=utf-8" },
  { path: "/try.css", file: "try.css", type: "text/css; charset=utf-8" },
  { path: "/try.js", file: "try.js", type: "text/javascript; charset=utf-8" },
];

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'";

/** Adds the routes. */
export function addTryPage(routes: Routes): void {
  for (const { path, file, type } of files) {
    const text = read(file);
    routes.get(path, { schema: { hide: true } }, async (_request, reply) =>
      reply.header("Content-Security-Policy", policy).header("X-Content-Type-Options", "nosniff").type(type).send(text),
    );
  }
  let text: string | undefined;
  routes.get("/openapi.json", { schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify((routes as unknown as FastifyInstance).swagger());
    return reply.type("application/json").send(text);
  });
}
