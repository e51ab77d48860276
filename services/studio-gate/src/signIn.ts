/** Sign-in at a provider: OpenID Connect's authorization code flow, with PKCE, state and nonce. */
import { createHash } from "node:crypto";

import * as oidc from "openid-client";

import type { StudioOidcSettings } from "../../../model/contracts/studio";
import { Failure, messageOf } from "../../common/failure";

/** Arguments of {@link SignIn}. */
export interface SignInArgs {
  settings: StudioOidcSettings;
  /** What the gate proves to the provider who it is by; undefined if it is not there. */
  clientSecret: () => string | undefined;
  now?: () => number;
}

/** Why somebody was not signed in, and the status of the answer that says so. */
export class NotSignedIn extends Failure {
  override name = "NotSignedIn";

  constructor(
    readonly status: 403 | 502,
    reason: string,
    remedy?: string,
  ) {
    super(reason, remedy);
  }
}

/** How long somebody may take to sign in, in seconds. */
export const signInSeconds = 600;

/** Most sign-ins that have begun, and are not finished. */
const most = 1000;

/** Seconds for the provider to answer, and by which its clock may differ. */
const timeout = 10;
const clockTolerance = 5;

/** A sign-in that has begun. */
interface Begun {
  configuration: oidc.Configuration;
  nonce: string;
  pkceCodeVerifier: string;
  /** When it is too late, in milliseconds. */
  end: number;
}

/** Signs in one user, and nobody else. */
export class SignIn {
  /** By hashes of their states. */
  private readonly begun = new Map<string, Begun>();
  private readonly now: () => number;

  constructor(private readonly args: SignInArgs) {
    this.now = args.now ?? Date.now;
  }

  /** Name of the provider's host. */
  get provider(): string {
    return new URL(this.args.settings.issuer).host;
  }

  /**
   * Begins.
   *
   * @param isAnew - whether the provider asks who somebody is, though it knows her already
   * @returns where the browser goes, and what it brings back with it
   * @throws {@link NotSignedIn}
   */
  async begin(isAnew: boolean): Promise<{ url: string; state: string }> {
    const { scopes, redirectUrl } = this.args.settings;
    const configuration = await this.discovered();
    const [state, nonce, pkceCodeVerifier] = [
      oidc.randomState(),
      oidc.randomNonce(),
      oidc.randomPKCECodeVerifier(),
    ] as const;
    for (const [hash, { end }] of this.begun) if (end <= this.now() || this.begun.size >= most) this.begun.delete(hash);
    this.begun.set(hashOf(state), { configuration, nonce, pkceCodeVerifier, end: this.now() + signInSeconds * 1000 });
    const url = oidc.buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: redirectUrl, scope: scopes.join(" "), state, nonce },
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      ...(isAnew && { prompt: "login" }),
    });
    return { url: url.href, state };
  }

  /**
   * Finishes, if it is the user who has signed in, in the browser that has begun. It does so once.
   *
   * @param query - what the provider says by way of the browser
   * @param kept - what the browser has brought back
   * @throws {@link NotSignedIn}
   */
  async finish(query: string, kept: string | undefined): Promise<void> {
    const { redirectUrl, user } = this.args.settings;
    const begun = this.take(new URLSearchParams(query), kept);
    if (begun === undefined) {
      const reason = `this sign-in was begun in another browser, is finished, or took longer than ${signInSeconds / 60} minutes`;
      throw new NotSignedIn(403, reason);
    }
    const { configuration, nonce, pkceCodeVerifier } = begun;
    const url = new URL(`?${query}`, redirectUrl);
    const checks = { expectedState: kept!, expectedNonce: nonce, pkceCodeVerifier, idTokenExpected: true };
    let found: string;
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, url, checks);
      found = await this.userOf(configuration, tokens.claims()!, tokens.access_token);
    } catch (error) {
      throw this.reasonOf(error);
    }
    if (found === user) return;
    throw new NotSignedIn(
      403,
      `this session is another user's: ${this.provider} says that you are "${found.slice(0, 256)}"`,
    );
  }

  /** The sign-in with the state that both provider and browser name. It counts once. */
  private take(query: URLSearchParams, kept: string | undefined): Begun | undefined {
    const states = query.getAll("state");
    if (kept === undefined || states.length !== 1 || states[0] !== kept) return undefined;
    const hash = hashOf(kept);
    const begun = this.begun.get(hash);
    this.begun.delete(hash);
    return begun !== undefined && begun.end > this.now() ? begun : undefined;
  }

  /** What the claim says, in the token or, if the token is short, at the provider. */
  private async userOf(configuration: oidc.Configuration, token: oidc.IDToken, accessToken: string): Promise<string> {
    const { userClaim } = this.args.settings;
    const isMail = userClaim === "email";
    const isWhole = userClaim in token && (!isMail || "email_verified" in token);
    const canAsk = configuration.serverMetadata().userinfo_endpoint !== undefined;
    const claims =
      isWhole || !canAsk
        ? token
        : await oidc.fetchUserInfo(configuration, accessToken, token.sub).catch((error: unknown) => {
            throw this.unanswered(error);
          });
    const { [userClaim]: found, email_verified: isVerified } = claims as Record<string, unknown>;
    if (typeof found !== "string" || found === "")
      throw new NotSignedIn(403, `${this.provider} does not say who you are: there is no claim ${userClaim}`);
    // Some say so in a text.
    if (isMail && isVerified !== true && isVerified !== "true") {
      const reason = `${this.provider} does not say that "${found.slice(0, 256)}" is yours (email_verified)`;
      throw new NotSignedIn(403, reason, "Whoever maintains the network may choose another claim, oidc.userClaim");
    }
    return found;
  }

  private async discovered(): Promise<oidc.Configuration> {
    const { settings, clientSecret } = this.args;
    const secret = clientSecret();
    if (secret === undefined)
      throw new NotSignedIn(502, "the Secret that the stack file names in oidc.secretName has no key clientSecret");
    try {
      return await oidc.discovery(
        new URL(settings.issuer),
        settings.clientId,
        { [oidc.clockTolerance]: clockTolerance },
        authentication(secret),
        { timeout, execute: [oidc.enableNonRepudiationChecks] },
      );
    } catch (error) {
      throw this.unanswered(error);
    }
  }

  /** What is said of an error: who is at fault, and why. */
  private reasonOf(error: unknown): NotSignedIn {
    if (error instanceof NotSignedIn) return error;
    const { provider } = this;
    if (error instanceof oidc.AuthorizationResponseError)
      return new NotSignedIn(403, `${provider} did not sign you in: ${said(error.error, error.error_description)}`);
    const isBody = error instanceof oidc.ResponseBodyError;
    if (error instanceof oidc.WWWAuthenticateChallengeError || (isBody && error.error === "invalid_client"))
      return new NotSignedIn(502, `${provider} does not accept clientId and clientSecret of this studio`);
    if (isBody) {
      const reason = said(error.error, error.error_description);
      return new NotSignedIn(403, `${provider} does not accept what your browser has brought: ${reason}`);
    }
    const { code } = error as { code?: unknown };
    if (typeof code === "string" && refusals.has(code))
      return new NotSignedIn(403, `what ${provider} says does not count here: ${innermost(error)}`);
    return this.unanswered(error);
  }

  private unanswered(error: unknown): NotSignedIn {
    const reason = `${this.provider} does not answer as it should: ${innermost(error)}`;
    return new NotSignedIn(502, reason, "Try again in a moment");
  }
}

/** Codes of errors in what a provider says of somebody. */
const refusals = new Set([
  "OAUTH_INVALID_RESPONSE",
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
  "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
  "OAUTH_KEY_SELECTION_FAILED",
  "OAUTH_PARSE_ERROR",
]);

/** As the provider takes it: in a header if it does, as all should. */
function authentication(secret: string): oidc.ClientAuth {
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const method = methods.includes("client_secret_basic") ? oidc.ClientSecretBasic : oidc.ClientSecretPost;
    return method(secret)(server, client, body, headers);
  };
}

const hashOf = (state: string): string => createHash("sha256").update(state).digest("base64url");

const said = (error: string, description: string | undefined): string =>
  (description === undefined ? error : `${error} (${description})`).slice(0, 300);

/** The message of what is behind an error. */
function innermost(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Response) return `status ${cause.status}`;
  return cause instanceof Error ? innermost(cause) : messageOf(error);
}
