/** For tests: a provider of OpenID Connect on real TLS, which signs in whoever sits before the browser. */
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import Provider from "oidc-provider";

/** The client that it knows. */
export const client = { id: "studio", secret: "no secret but of tests" };

/** Arguments of {@link TestProvider.start}. */
export interface TestProviderArgs {
  /** TLS certificate and key, PEM, for localhost. */
  tls: { cert: string; key: string };
  redirectUrl: string;
}

type Key = Awaited<ReturnType<typeof generateKeyPair>>;

/** A provider, and what it says of people. */
export class TestProvider {
  /** Who signs in; undefined for somebody who cannot. */
  person: string | undefined = "ann";
  /** What it knows of people, by their names. */
  people: Record<string, Record<string, unknown>> = {};
  /** Claims that it adds to tokens, wrongly. */
  wrongClaims: JWTPayload = {};
  /** Whether another key signs its tokens. */
  isForged = false;
  /** Who it says that it is, wrongly. */
  wrongIssuer: string | undefined;
  /** Whether it answers. */
  isUp = true;
  /** What it was asked for, last. */
  asked: URLSearchParams = new URLSearchParams();

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly keys: { own: Key; others: Key },
  ) {}

  static async start({ tls, redirectUrl }: TestProviderArgs): Promise<TestProvider> {
    const server = createServer(tls);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const [own, others] = [await newKey(), await newKey()];
    const provider = new TestProvider(url, server, { own, others });
    const oidc = await provider.configured(redirectUrl);
    const answer = oidc.callback();
    server.on("request", (request, response) => {
      if (provider.isUp) return void answer(request, response);
      response.writeHead(503).end();
    });
    return provider;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async configured(redirectUrl: string): Promise<Provider> {
    const jwk = { ...(await exportJWK(this.keys.own.privateKey)), use: "sig", alg: "RS256", kid: "own" };
    const oidc: Provider = new Provider(this.url, {
      clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUrl] }],
      jwks: { keys: [jwk as never] },
      cookies: { keys: ["no secret but of tests"] },
      claims: { openid: ["sub"], email: ["email", "email_verified"] },
      conformIdTokenClaims: true,
      features: { devInteractions: { enabled: false } },
      ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      renderError: (context) => void (context.body = "an error"),
      findAccount: (_, name) => ({ accountId: name, claims: () => ({ sub: name, ...this.people[name] }) }),
      loadExistingGrant: async ({ oidc: { client: asking, session } }) => {
        const grant = new oidc.Grant({ clientId: asking!.clientId, accountId: session!.accountId! });
        grant.addOIDCScope("openid email");
        await grant.save();
        return grant;
      },
    });
    oidc.use(async (context, next) => {
      if (context.path === "/auth") this.asked = new URLSearchParams(context.querystring);
      if (context.path.startsWith("/interaction/")) {
        const { person } = this;
        const result =
          person === undefined
            ? { error: "access_denied", error_description: "nobody you know" }
            : { login: { accountId: person } };
        context.status = 303;
        return context.redirect(await oidc.interactionResult(context.req, context.res, result));
      }
      await next();
      if (context.path.startsWith("/.well-known/") && this.wrongIssuer !== undefined)
        Object.assign(context.body as object, { issuer: this.wrongIssuer });
      const body = context.body as { id_token?: string } | undefined;
      if (context.path === "/token" && body?.id_token !== undefined) body.id_token = await this.signed(body.id_token);
    });
    return oidc;
  }

  /** A token as it should be, or not. */
  private async signed(token: string): Promise<string> {
    if (Object.keys(this.wrongClaims).length === 0 && !this.isForged) return token;
    const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as JWTPayload;
    const { own, others } = this.keys;
    const { privateKey } = this.isForged ? others : own;
    const header = { alg: "RS256", kid: "own" };
    return new SignJWT({ ...claims, ...this.wrongClaims }).setProtectedHeader(header).sign(privateKey);
  }
}

const newKey = (): Promise<Key> => generateKeyPair("RS256", { extractable: true });
