/** Checks JSON Web Tokens by the keys of their issuer, which OpenID Connect discovery finds. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";

import { Problem } from "../http/problem";
import type { TokenSettings } from "../settings";

/** Asymmetric ones only: with a shared secret, who checks a token could make one. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Seconds by which the issuer's clock may differ. */
const clockTolerance = 5;

/** Milliseconds for the issuer to answer. */
const timeout = 5000;

/** The tokens of one issuer. */
export class Tokens {
  private keys: JWTVerifyGetKey | undefined;

  constructor(private readonly settings: TokenSettings) {}

  /**
   * Reads a header `Authorization`.
   *
   * @throws Problem 401 that says what is wrong with the token
   * @throws Problem 503 if the issuer's keys are not known
   */
  async check(authorization: string): Promise<{ name: string; roles: string[] }> {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw refused("the header Authorization is not of the form Bearer TOKEN");
    const { issuer, audience } = this.settings;
    const keys = await this.issuerKeys();
    let payload: JWTPayload;
    try {
      const options = { issuer, audience, algorithms, clockTolerance, requiredClaims: ["exp", "sub"] };
      ({ payload } = await jwtVerify(token, keys, options));
    } catch (error) {
      throw problemOfToken(error);
    }
    // Two subjects that are no texts could have one name.
    if (typeof payload.sub !== "string" || payload.sub === "")
      throw refused("the token's claim sub does not count here");
    return { name: `token:${payload.sub}`, roles: rolesIn(payload, this.settings.rolesClaim) };
  }

  /** The issuer's keys. They are fetched again when a token names one that is not known. */
  private async issuerKeys(): Promise<JWTVerifyGetKey> {
    if (this.keys) return this.keys;
    const { issuer } = this.settings;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    let found: { issuer?: unknown; jwks_uri?: unknown };
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(timeout), redirect: "error" });
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
      found = (await answer.json()) as typeof found;
    } catch (cause) {
      throw unavailable(issuer, (cause as Error).message);
    }
    if (found.issuer !== issuer || typeof found.jwks_uri !== "string")
      throw unavailable(issuer, `its discovery document is that of ${String(found.issuer)}`);
    this.keys = createRemoteJWKSet(new URL(found.jwks_uri), {
      timeoutDuration: timeout,
      cooldownDuration: this.settings.keyCooldown,
    });
    return this.keys;
  }
}

function problemOfToken(error: unknown): Problem {
  if (error instanceof errors.JWTExpired) return refused("the token has expired");
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`the token's claim ${error.claim} does not count here`);
  if (error instanceof errors.JWKSNoMatchingKey)
    return refused("the token is signed with a key that its issuer does not have");
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return refused("the token does not name its key, and its issuer has several");
  if (error instanceof errors.JWSSignatureVerificationFailed) return refused("the token's signature is wrong");
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return refused("the token is none");
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return refused("the token is signed in a way that does not count here");
  return unavailable("the token's issuer", (error as Error).message);
}

function refused(reason: string): Problem {
  return new Problem(401, "UNAUTHENTICATED", `You are not who you say: ${reason}.`);
}

function unavailable(issuer: string, reason: string): Problem {
  const detail = `The keys of ${issuer} cannot be had, so that no token can be checked: ${reason}. Try again.`;
  return new Problem(503, "UNAVAILABLE", detail, { retryAfter: 5 });
}

/** Roles in a claim such as `roles` or `realm_access.roles`: a list, or a text with blanks between them. */
function rolesIn(payload: JWTPayload, claim: string): string[] {
  const names = claim in payload ? [claim] : claim.split(".");
  const value = names.reduce<any>((within, name) => within?.[name], payload);
  if (typeof value === "string") return value.split(" ").filter((role) => role !== "");
  return Array.isArray(value) ? value.filter((role): role is string => typeof role === "string") : [];
}
