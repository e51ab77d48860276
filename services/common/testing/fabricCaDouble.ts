/** A Fabric CA server for tests. */
import { createVerify, X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import { commonName } from "../certificates";
import { newPrivateKey, parsePrivateKey } from "../keys";
import { type Life, TestCa } from "./testCa";

/** A registered identity. */
export interface Registered {
  secret: string;
  type: string;
  maxEnrollments: number;
}

/** How the double answers. */
export type Mood =
  | "well"
  /** As a server that starts. */
  | "503 with an empty body"
  | "half an answer"
  | "500"
  /** As when an earlier call for the same identity comes to its end just now. */
  | "racing"
  /** It issues certificates for a key that nobody asked it to. */
  | "another key";

/** A certificate that the double was asked for. */
export interface AskedEnrolment {
  caName: CaName;
  profile?: string;
}

type CaName = "ca" | "tlsca";
type Json = Record<string, unknown>;

/** A request, read. */
interface Asked {
  method: string;
  url: string;
  text: string;
  body: Json;
  authorization: string;
  query: URLSearchParams;
  caName: CaName;
  /** Such as `POST /register`. */
  route: string;
}

interface Answer {
  status: number;
  result?: unknown;
  error?: { code: number; message: string };
}

/**
 * A test double of fabric-ca-server for nodes and their registrar, over real TLS, with the CAs `ca` and `tlsca`: it checks
 * passwords, tokens and their signatures.
 */
export class FabricCaDouble {
  readonly registered = { ca: new Map<string, Registered>(), tlsca: new Map<string, Registered>() };
  /** Certificates (PEM) by the CA that issued them. */
  readonly issued: Record<CaName, string[]> = { ca: [], tlsca: [] };
  /** Those of them that are revoked. */
  readonly revoked: Record<CaName, string[]> = { ca: [], tlsca: [] };
  /** Certificates that those with the right secret have asked for. */
  readonly enrolments: AskedEnrolment[] = [];
  /** What was asked for, such as `ca POST /register`. */
  readonly calls: string[] = [];
  mood: Mood = "well";
  /** Of the certificates that nodes are issued, if other than usual. */
  life: Life | undefined;
  /** A call for which this says so has its effect, and an empty body for an answer. */
  isEmpty: (call: string) => boolean = () => false;
  /** Sees a call before it has its effect and again before it is answered; what it says "drop" of goes no further. */
  onCall: (call: string, moment: "before" | "after") => "drop" | void = () => {};
  private server: Server | undefined;
  private port = 0;

  private constructor(
    readonly ca: TestCa,
    readonly tlsca: TestCa,
  ) {}

  /** @param ca - if other than a new one */
  static async start(ca?: TestCa): Promise<FabricCaDouble> {
    const double = new FabricCaDouble(ca ?? (await TestCa.make("ca.org1")), await TestCa.make("tlsca.org1"));
    await double.listen();
    return double;
  }

  /** A server at the same address whose volume was lost: other roots, nobody registered. */
  async reborn(): Promise<FabricCaDouble> {
    await this.stop();
    const double = new FabricCaDouble(await TestCa.make("ca.org1"), await TestCa.make("tlsca.org1"));
    double.port = this.port;
    await double.listen();
    return double;
  }

  get url(): string {
    return `https://localhost:${this.port}`;
  }

  /** Lets the registrar in, on both CAs. */
  bootstrap(secret: string): void {
    this.register("registrar", secret, "client");
  }

  /** Has an identity registered, on both CAs. */
  register(enrolmentId: string, secret: string, type = "peer"): void {
    for (const identities of Object.values(this.registered)) {
      identities.set(enrolmentId, { secret, type, maxEnrollments: -1 });
    }
  }

  /** Has nobody of this name registered. */
  forget(enrolmentId: string): void {
    for (const identities of Object.values(this.registered)) identities.delete(enrolmentId);
  }

  /** Issues a certificate that expires in some days, and says when, in Unix seconds. */
  async issue(caName: CaName, enrolmentId: string, days: number): Promise<number> {
    const life = { from: -400, until: days };
    const pem = await this[caName].issue(parsePrivateKey(newPrivateKey())!, enrolmentId, [], life);
    this.issued[caName].push(pem);
    return expiry(pem) / 1000;
  }

  async listen(): Promise<void> {
    const key = newPrivateKey();
    const cert = await this.tlsca.issue(parsePrivateKey(key)!, "server", ["localhost"]);
    this.server = createServer({ key, cert }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (this.mood === "503 with an empty body") return response.writeHead(503).end();
        if (this.mood === "half an answer") return response.writeHead(200).end('{"result":{"Ce');
        const asked = readRequest(request, Buffer.concat(chunks).toString());
        const call = `${asked.caName} ${asked.route}`;
        this.calls.push(call);
        if (this.onCall(call, "before") === "drop") return response.destroy();
        void this.answer(asked).then(({ status, result = "", error }) => {
          const errors = error ? [error] : [];
          if (this.onCall(call, "after") === "drop") response.destroy();
          else if (this.isEmpty(call)) response.writeHead(200).end();
          else response.writeHead(status).end(JSON.stringify({ result, errors, messages: [], success: !error }));
        });
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

  private async answer(asked: Asked): Promise<Answer> {
    const { method, route, caName, body, query, authorization } = asked;
    const identities = this.registered[caName];
    const unauthorized: Answer = { status: 401, error: { code: 20, message: "Authentication failure" } };

    if (this.mood === "500") return { status: 500, error: { code: 0, message: "database is locked" } };
    if (route === "POST /cainfo") return { status: 200, result: { CAName: caName, CAChain: base64(this[caName].pem) } };
    if (route === "POST /enroll") {
      const [id = "", secret] = Buffer.from(authorization.replace("Basic ", ""), "base64").toString().split(":");
      const identity = identities.get(id);
      if (!identity || identity.secret !== secret) return unauthorized;
      const certificate = await this.enrol(asked, id, identity);
      return { status: 201, result: { Cert: base64(certificate), ServerInfo: { CAChain: base64(this[caName].pem) } } };
    }

    if (!this.accepts(asked)) return unauthorized;
    if (route === "GET /certificates") {
      const days = Number(/^-(\d+)d$/.exec(query.get("expired_start") ?? "")?.[1] ?? Infinity);
      const since = Date.now() - (query.get("notexpired") === "true" ? 0 : days * 24 * 60 * 60 * 1000);
      const certs = this.issued[caName].filter((pem) => expiry(pem) >= since).map((PEM) => ({ PEM }));
      return { status: 200, result: { certs, caname: caName } };
    }
    if (route === "POST /gencrl") {
      const list = await this[caName].revocationList(this.revoked[caName]);
      return { status: 200, result: { CRL: base64(list) } };
    }
    const id = (body.id as string | undefined) ?? route.split("/").at(-1)!;
    const known = identities.get(id);
    if (route === "POST /register") {
      if (known && this.mood === "racing") {
        return { status: 500, error: { code: 0, message: "UNIQUE constraint failed: users.id" } };
      }
      if (known) return { status: 409, error: { code: 74, message: `Identity '${id}' is already registered` } };
      const secret = body.secret as string;
      identities.set(id, { secret, type: body.type as string, maxEnrollments: body.max_enrollments as number });
      return { status: 201, result: { secret } };
    }
    if (!known) {
      return { status: 500, error: { code: 63, message: "Failed to get User: sql: no rows in result set" } };
    }
    if (method === "DELETE") {
      identities.delete(id);
      // It revokes them, and lists no revoked ones.
      this.revoked[caName].push(...this.issued[caName].filter((pem) => commonNameOf(pem) === id));
      this.issued[caName] = this.issued[caName].filter((pem) => commonNameOf(pem) !== id);
    }
    if (method === "PUT") {
      known.secret = (body.secret as string) ?? known.secret;
      known.type = (body.type as string) ?? known.type;
    }
    return { status: 200, result: { id, type: known.type, max_enrollments: known.maxEnrollments } };
  }

  private async enrol({ caName, body }: Asked, id: string, { type }: Registered): Promise<string> {
    this.enrolments.push({ caName, ...(body.profile ? { profile: body.profile as string } : {}) });
    const ca = this[caName];
    if (this.mood === "another key") return ca.issue(parsePrivateKey(newPrivateKey())!, id, []);
    const certificate = await ca.sign(body.certificate_request as string, type, this.life ?? lifeAskedFor(body));
    this.issued[caName].push(certificate);
    return certificate;
  }

  private accepts({ caName, authorization, method, url, text }: Asked): boolean {
    const [certificate = "", signature = ""] = authorization.split(".");
    const x509 = new X509Certificate(Buffer.from(certificate, "base64"));
    if (!x509.verify(new X509Certificate(this[caName].pem).publicKey)) return false;
    const signed = `${method}.${base64(url)}.${base64(text)}.${certificate}`;
    const der = Buffer.from(signature, "base64");
    const s = BigInt(`0x${der.subarray(4 + der[3]! + 2).toString("hex")}`);
    const highest = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
    return s <= highest && createVerify("sha256").update(signed).verify(x509.publicKey, der);
  }
}

/** As on the real server, a life begins with that of the root unless the request says when. */
function lifeAskedFor({ NotBefore }: Json): Life | undefined {
  if (NotBefore === undefined) return undefined;
  return { from: (Date.parse(NotBefore as string) - Date.now()) / (24 * 60 * 60 * 1000), until: 365 };
}

const commonNameOf = (pem: string): string => commonName(new X509Certificate(pem));

const expiry = (pem: string): number => Date.parse(new X509Certificate(pem).validTo);

function readRequest({ method = "", url = "", headers }: IncomingMessage, text: string): Asked {
  const { pathname, searchParams } = new URL(url, "https://x");
  const body = (text === "" ? {} : JSON.parse(text)) as Json;
  return {
    method,
    url,
    text,
    body,
    authorization: headers.authorization ?? "",
    query: searchParams,
    caName: own(`${(body.caname as string | undefined) ?? searchParams.get("ca") ?? "tlsca"}`),
    route: `${method} ${pathname.replace("/api/v1", "")}`,
  };
}

/** The platform's server is the same, with other names for its CAs. */
function own(caName: string): CaName {
  if (caName === "kafka") return "ca";
  return caName === "operations" ? "tlsca" : (caName as CaName);
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
