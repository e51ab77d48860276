/** The OpenAPI document, which describes all routes by their schemas. */
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

interface Response {
  content?: Record<string, object>;
}

interface Document {
  paths?: Record<string, Record<string, { responses: Record<string, Response> }>>;
}

/** What makes the document. */
export function documentation() {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Blockchain network",
        version: "1",
        description: "Calls functions of chaincode by their names, and reads the ledger.",
      },
      components: {
        securitySchemes: { token: { type: "http" as const, scheme: "bearer", bearerFormat: "JWT" } },
      },
      security: [{ token: [] }],
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
