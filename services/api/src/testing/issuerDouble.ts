/** For tests: an OpenID Connect provider on real HTTP, with keys that change. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

interface SigningKey {
  id: string;
  privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
  publicKey: object;
}

/** Issues tokens. */
export class IssuerDouble {
  /** Whether it answers. */
  isUp = true;
  /** How often its keys were fetched. */
  fetched = 0;
  private readonly keys: SigningKey[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<IssuerDouble> {
    const server = createServer((request, response) => {
      const body = double.answer(request.url ?? "");
      response.writeHead(body === undefined ? 503 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
    const double = new IssuerDouble(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await double.rotate();
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Signs with another key from now on, and forgets the old one. */
  async rotate(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const id = `key${this.fetched}-${Math.random()}`;
    const jwk = await exportJWK(publicKey);
    this.keys.splice(0, this.keys.length, { id, privateKey, publicKey: { ...jwk, kid: id, alg: "ES256", use: "sig" } });
  }

  /** A token, valid for the tests' server if nothing else is said. */
  async token(claims: JWTPayload = {}): Promise<string> {
    const [key] = this.keys;
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: this.url, aud: "api", sub: "alice", iat: now, exp: now + 60, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: key!.id }).sign(key!.privateKey);
  }

  /** A token that somebody else has signed in its name. */
  async forged(claims: JWTPayload = {}): Promise<string> {
    const [header, payload] = (await this.token(claims)).split(".");
    const { privateKey } = await generateKeyPair("ES256");
    const signed = await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
    return [header, payload, signed.split(".")[2]].join(".");
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(path: string): unknown {
    if (!this.isUp) return undefined;
    if (path === "/.well-known/openid-configuration") return { issuer: this.url, jwks_uri: `${this.url}/keys` };
    if (path !== "/keys") return undefined;
    this.fetched++;
    return { keys: this.keys.map(({ publicKey }) => publicKey) };
  }
}
