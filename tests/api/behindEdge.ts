/** The API server's own process behind an edge, with certificates of the edge's CA on both sides. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { TestOrganization } from "../../client/src/testing/testOrganization";
import type { LocalEdge } from "../edge/localEdge";
import { ApiProcess } from "./apiProcess";

/** Path of a file beside the server's certificate. */
export const fileOf = (organization: TestOrganization, name: string): string => join(organization.folder, "tls", name);

/**
 * Starts a server.
 *
 * @param access - `access` of its settings
 * @param more - further files beside its certificate, with their texts
 */
export async function startBehindEdge(
  organization: TestOrganization,
  edge: LocalEdge,
  access: object,
  more: Record<string, string> = {},
): Promise<ApiProcess> {
  const at = (name: string): string => fileOf(organization, name);
  mkdirSync(join(organization.folder, "tls"), { recursive: true });
  const { cert, key } = await edge.certificate("api", edge.plan.api!.hosts);
  const files = { "server.crt": cert, "server.key": key, "ca.crt": edge.ca.pem, ...more };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  return ApiProcess.start(organization.path("settings.json"), {
    ...{ port: edge.apiPort!, operationsPort: 0, access },
    identities: { app: organization.writeConfiguration("client.yaml") },
    store: { type: "sqlite", path: organization.path("api.db") },
    tls: {
      certificate: at("server.crt"),
      privateKey: at("server.key"),
      clientRoot: at("ca.crt"),
      clients: ["gateway"],
    },
  });
}
