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

/** Name of the cookie: browsers send one with this prefix to the host alone that has set it, by TLS. */
export const cookieName = "__Host-studio";

/** The field that sets the cookie. It ends with the browser's session. */
export const setCookie = (login: string): string => `${cookieName}=${login}; Path=/; Secure; HttpOnly; SameSite=Lax`;

/** The login in a request's field `cookie`, and the field without it. */
export function takeCookie(field: string | undefined): { login?: string; others?: string } {
  const all = (field ?? "").split(";").map((each) => each.trim());
  const own = all.filter((each) => each.startsWith(`${cookieName}=`));
  const others = all.filter((each) => each !== "" && !own.includes(each)).join("; ");
  const [first] = own;
  return { ...(own.length === 1 && { login: first!.slice(cookieName.length + 1) }), ...(others !== "" && { others }) };
}
