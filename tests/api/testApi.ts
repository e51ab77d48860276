/** An API server in a process of its own, before doubles of peers, with an issuer of tokens. */
import { TestOrganization } from "../../client/src/testing/testOrganization";
import { IssuerDouble } from "../../services/api/src/testing/issuerDouble";
import { assetMetadata } from "../../services/api/src/testing/testServer";
import { ApiProcess } from "./apiProcess";

/** The server, and what stands around it. */
export class TestApi {
  private constructor(
    readonly organization: TestOrganization,
    readonly issuer: IssuerDouble,
    readonly server: ApiProcess,
  ) {}

  /**
   * Starts a server whose role `trader` may do everything.
   *
   * @param takesCertificates - whether certificates of a CA count, too
   */
  static async start(takesCertificates = false): Promise<TestApi> {
    const organization = await TestOrganization.start();
    for (const peer of organization.peers) peer.metadata = assetMetadata;
    const issuer = await IssuerDouble.start();
    const server = await ApiProcess.start(organization.path("settings.json"), {
      ...{ port: 0, operationsPort: 0 },
      identities: { app: organization.writeConfiguration("client.yaml") },
      store: { type: "sqlite", path: organization.path("api.db") },
      access: {
        tokens: { issuer: issuer.url, audience: "api" },
        ...(takesCertificates && { certificates: { org1: { certificates: organization.path("tls.pem") } } }),
        roles: { trader: { actions: ["evaluate", "submit", "read"] } },
      },
      limits: { requestsPerMinute: 1_000_000 },
    });
    return new TestApi(organization, issuer, server);
  }

  /** A token of somebody who may do everything, for ten minutes. */
  token(): Promise<string> {
    return this.issuer.token({ roles: ["trader"], exp: Math.floor(Date.now() / 1000) + 600 });
  }

  async stop(): Promise<void> {
    await this.server.kill();
    this.issuer.stop();
    this.organization.close();
  }
}
