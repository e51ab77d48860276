/** The OpenAPI document, which describes all routes by their schemas. */
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

import type { AccessSettings } from "../settings";

interface Response {
  content?: Record<string, object>;
}

interface Document {
  paths?: Record<string, Record<string, { responses: Record<string, Response> }>>;
}

/**
 * What makes the document.
 *
 * @param access - how callers say who they are
 */
export function documentation({ anyone, tokens, certificates }: AccessSettings) {
  const schemes = {
    ...(tokens && { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } }),
    ...(certificates && {
      certificate: {
        type: "mutualTLS",
        description: "A client certificate, at the name mtls-api.<domain> in place of api.<domain>.",
      },
    }),
  };
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Blockchain network",
        version: "1",
        description: "Calls functions of chaincode by their names, and reads the ledger.",
      },
      // The types of @fastify/swagger are those of OpenAPI 3.0.
      components: { securitySchemes: schemes as never },
      // Any of them.
      security: [...Object.keys(schemes).map((name) => ({ [name]: [] })), ...(anyone ? [{}] : [])],
    },
    transform: jsonSchemaTransform,
    transformObject: (document: Parameters<typeof jsonSchemaTransformObject>[0]) =>
      withMediaTypes(jsonSchemaTransformObject(document) as Document) as never,
  };
}

/** Says that failures are problem details (RFC 9457), which routes' schemas cannot. */
function withMediaTypes(document: Document): Document {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const { responses } of Object.values(operations)) {
      for (const [status, response] of Object.entries(responses)) {
        const [schema] = Object.values(response.content ?? {});
        if (/^[45]/.test(status) && schema) response.content = { "application/problem+json": schema };
      }
    }
  }
  return document;
}
