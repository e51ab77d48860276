/** A CA server for tests, whose moods they choose. */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { type Life, TestCa } from "../../../common/testing/testCa";

/** How the double answers instead of issuing. */
export type Mood = "well" | "503 with an empty body" | "half an answer" | "another key" | "500";

/** A request that the double was sent. */
export interface SeenRequest {
  caName: string;
  profile?: string;
  csr: string;
}

/** A test double of fabric-ca-server's enrolment over real TLS, with the CAs `ca` and `tlsca`. */
export class FabricCaDouble {
  /** Identities and their secrets. */
  readonly registered = new Map<string, string>();
  readonly seen: SeenRequest[] = [];
  mood: Mood = "well";
  /** Of the certificates that it issues. */
  life: Life | undefined;
  private server: Server | undefined;
  private port = 0;

  private constructor(
    readonly ca: TestCa,
    readonly tlsca: TestCa,
  ) {}

  static async start(): Promise<FabricCaDouble> {
    const double = new FabricCaDouble(await TestCa.make("ca.org1"), await TestCa.make("tlsca.org1"));
    await double.listen();
    return double;
  }

  get url(): string {
    return `https://localhost:${this.port}`;
  }

  /** Starts to listen, on the same port as before. */
  async listen(): Promise<void> {
    const key = newPrivateKey();
    const cert = await this.tlsca.issue(parsePrivateKey(key)!, "server", ["localhost"]);
    this.server = createServer({ key, cert }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const credentials = Buffer.from(
          (request.headers.authorization ?? "").replace("Basic ", ""),
          "base64",
        ).toString();
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
        void this.enrol(credentials, body).then(({ status, answer }) => response.writeHead(status).end(answer));
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  private async enrol(credentials: string, body: Record<string, string>): Promise<{ status: number; answer: string }> {
    const { caname: caName = "", profile, certificate_request: csr = "" } = body;
    const failure = (status: number, code: number, message: string) => ({
      status,
      answer: JSON.stringify({ result: "", errors: [{ code, message }], messages: [], success: false }),
    });
    if (this.mood === "503 with an empty body") return { status: 503, answer: "" };
    if (this.mood === "half an answer") return { status: 200, answer: '{"result":{"Ce' };
    if (this.mood === "500") return failure(500, 0, "database is locked");
    const [id = "", secret] = credentials.split(":");
    if (secret === undefined || this.registered.get(id) !== secret) return failure(401, 20, "Authentication failure");
    this.seen.push({ caName, csr, ...(profile ? { profile } : {}) });
    const ca = caName === "tlsca" ? this.tlsca : this.ca;
    const certificate =
      this.mood === "another key"
        ? await ca.issue(parsePrivateKey(newPrivateKey())!, id, [])
        : await ca.sign(csr, "peer", this.life);
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const result = {
      Cert: base64(certificate),
      ServerInfo: { CAName: caName, CAChain: base64(ca.pem), Version: "1.5" },
    };
    return { status: 201, answer: JSON.stringify({ result, errors: [], messages: [], success: true }) };
  }
}
