/** For tests: an API server in this process, before an organization's gateway peers. */
import { randomUUID } from "node:crypto";

import { TestOrganization } from "../../../../client/src/testing/testOrganization";
import type { Fields, Level, Log } from "../../../common/log";
import { type ApiServer, startServer } from "../apiServer";
import { parseSettings, type SettingsInput } from "../settings";

/** What the tests' chaincode says about its functions. */
export const assetMetadata = {
  contracts: {
    AssetContract: {
      name: "AssetContract",
      transactions: [
        { name: "CreateAsset", tag: ["SUBMIT", "submitTx"], parameters: texts("id", "owner") },
        { name: "TransferAsset", tag: ["SUBMIT", "submitTx"], parameters: texts("id", "owner") },
        { name: "ReadAsset", tag: ["EVALUATE"], parameters: texts("id") },
        {
          name: "Appraise",
          tag: ["submitTx"],
          parameters: [...texts("id"), { name: "value", schema: { type: "integer" } }],
        },
      ],
    },
    "org.hyperledger.fabric": { name: "org.hyperledger.fabric", transactions: [{ name: "GetMetadata" }] },
  },
};

function texts(...names: string[]) {
  return names.map((name) => ({ name, schema: { type: "string" } }));
}

/** A line of the log. */
export interface LogLine extends Fields {
  level: Level;
  message: string;
}

/** A server, and what stands behind it. */
export class TestServer {
  readonly lines: LogLine[] = [];
  private server: ApiServer | undefined;

  private constructor(
    readonly organization: TestOrganization,
    private readonly more: Partial<SettingsInput>,
  ) {}

  /** Starts a server, by default with a database of its own, for whoever calls. */
  static async start(more: Partial<SettingsInput> = {}): Promise<TestServer> {
    const organization = await TestOrganization.start();
    for (const peer of organization.peers) peer.metadata = assetMetadata;
    const server = new TestServer(organization, more);
    await server.restart();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.server!.port}`;
  }

  get operationsUrl(): string {
    return `http://127.0.0.1:${this.server!.operationsPort}`;
  }

  /** The lines of the audit log, without what differs from run to run. */
  get audit() {
    return this.lines.filter(({ message }) => message === "audit").map(({ milliseconds: _, ...line }) => line);
  }

  /** Stops the server if it runs, and starts it with the same database. */
  async restart(more: Partial<SettingsInput> = {}): Promise<void> {
    await this.server?.stop();
    this.server = await startServer(parseSettings({ ...this.settings(), ...more }), this.log);
  }

  settings(): SettingsInput {
    const { organization } = this;
    return {
      port: 0,
      operationsPort: 0,
      identities: { app: organization.writeConfiguration("client.yaml") },
      store: { type: "sqlite", path: organization.path("api.db") },
      access: { anyone: true, roles: { all: { actions: ["evaluate", "submit", "read"] } } },
      ...this.more,
    };
  }

  /** Sends a request; a body makes it a POST. */
  async send(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> {
    const response = await fetch(this.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** Calls a function of the chaincode. */
  call(operation: string, name: string, args: unknown[], headers: Record<string, string> = {}): Promise<TestAnswer> {
    return this.send(`/v1/channels/main/chaincodes/assets/${operation}`, { function: name, arguments: args }, headers);
  }

  /** How many proposals and transactions the peers have got, beside questions for metadata. */
  get sent(): number {
    return this.organization.peers.reduce((sum, { calls }) => sum + calls.endorse + calls.submit, 0);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.organization.close();
  }

  private readonly log: Log = Object.fromEntries(
    (["debug", "info", "warn", "error"] as const).map((level) => [
      level,
      (message: string, fields: Fields = {}) => void this.lines.push({ level, message, ...fields }),
    ]),
  ) as Log;
}

/** An answer with its body read. */
export interface TestAnswer {
  status: number;
  headers: Headers;
  body: any;
}

/** A name that no other test uses. */
export const anyName = (): string => randomUUID();
