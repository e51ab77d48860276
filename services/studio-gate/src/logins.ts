/** One-time links, and the browsers that have signed in. Both are kept as hashes, in memory: a restart ends them. */
import { createHash, randomBytes } from "node:crypto";

const minute = 60_000;

/** How long a one-time link counts, in milliseconds. */
const linkLife = 5 * minute;

/** Most links that wait to be used, and most browsers. */
const most = 20;

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/** Links that sign in once, and logins. */
export class Logins {
  /** Times at which they end, in milliseconds, by hashes. */
  private readonly links = new Map<string, number>();
  private readonly browsers = new Set<string>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Makes a link. @returns its secret */
  newLink(): string {
    for (const [hash, end] of this.links) if (end <= this.now() || this.links.size >= most) this.links.delete(hash);
    const secret = randomBytes(32).toString("base64url");
    this.links.set(hashOf(secret), this.now() + linkLife);
    return secret;
  }

  /** Uses a link up. @returns the secret of a login; undefined if there is no such link */
  use(secret: string): string | undefined {
    const end = this.links.get(hashOf(secret));
    this.links.delete(hashOf(secret));
    if (end === undefined || end <= this.now()) return undefined;
    const login = randomBytes(32).toString("base64url");
    const [oldest] = this.browsers;
    if (this.browsers.size >= most && oldest !== undefined) this.browsers.delete(oldest);
    this.browsers.add(hashOf(login));
    return login;
  }

  /** Whether a browser has signed in. */
  has(login: string | undefined): boolean {
    return login !== undefined && this.browsers.has(hashOf(login));
  }

  /** Ends all. */
  clear(): void {
    this.links.clear();
    this.browsers.clear();
  }
}

/** Names of the cookies: browsers send those with this prefix to the host alone that has set them, by TLS. */
export const cookieName = "__Host-studio";
export const signInCookieName = `${cookieName}-sign-in`;

const attributes = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** The field that sets the cookie. It ends with the browser's session. */
export const setCookie = (login: string): string => `${cookieName}=${login}; ${attributes}`;

/** The field that has a browser keep something until it comes back from the provider that signs in, or forget it. */
export const setSignInCookie = (kept: string, seconds: number): string =>
  `${signInCookieName}=${kept}; ${attributes}; Max-Age=${seconds}`;

/** What a request's field `cookie` has of the gate. */
export interface TakenCookie {
  login?: string;
  /** What a browser keeps until it comes back. */
  signIn?: string;
  /** The field without it. */
  others?: string;
}

/** Takes what is the gate's own out of a request's field `cookie`. */
export function takeCookie(field: string | undefined): TakenCookie {
  const all = (field ?? "").split(";").map((each) => each.trim());
  const named = (name: string): string[] => all.filter((each) => each.startsWith(`${name}=`));
  const own = [named(cookieName), named(signInCookieName)];
  // Of two with one name, nobody knows whose is which.
  const [login, signIn] = own.map((each) =>
    each.length === 1 ? each[0]!.slice(each[0]!.indexOf("=") + 1) : undefined,
  );
  const others = all.filter((each) => each !== "" && !own.flat().includes(each)).join("; ");
  return {
    ...(login !== undefined && { login }),
    ...(signIn !== undefined && { signIn }),
    ...(others !== "" && { others }),
  };
}
