import { describe, expect, it } from "vitest";

import { Logins, setCookie, takeCookie } from "./logins";

const minute = 60_000;

describe("a one-time link", () => {
  it("signs in once", () => {
    const logins = new Logins();
    const link = logins.newLink();
    const login = logins.use(link);
    expect(logins.has(login)).toBe(true);
    expect(logins.use(link)).toBeUndefined();
    expect(logins.has(link)).toBe(false);
  });

  it("is of no use after five minutes, or when the session has ended", () => {
    let now = 0;
    const logins = new Logins(() => now);
    const [late, ended] = [logins.newLink(), logins.newLink()];
    now = 5 * minute;
    expect(logins.use(late)).toBeUndefined();
    now = 0;
    const login = logins.use(ended);
    const other = logins.newLink();
    logins.clear();
    expect(logins.has(login)).toBe(false);
    expect(logins.use(other)).toBeUndefined();
  });

  it("is one of twenty at most: the oldest browser has to sign in again", () => {
    const logins = new Logins();
    const all = Array.from({ length: 21 }, () => logins.use(logins.newLink()));
    expect(all.map((login) => logins.has(login))).toEqual([false, ...Array<boolean>(20).fill(true)]);
  });
});

describe("the cookie", () => {
  it("is for one host, by TLS, and for no script", () => {
    expect(setCookie("abc")).toBe("__Host-studio=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
  });

  it.each([
    ["__Host-studio=abc", { login: "abc" }],
    ["theme=dark; __Host-studio=abc; b=c", { login: "abc", others: "theme=dark; b=c" }],
    ["theme=dark", { others: "theme=dark" }],
    ["a=b; __Host-studio-sign-in=abc; __Host-studio=def", { login: "def", signIn: "abc", others: "a=b" }],
    ["__Host-studio-sign-in=abc; __Host-studio-sign-in=def", {}],
    // Whose is which, nobody knows.
    ["__Host-studio=abc; __Host-studio=def", {}],
    [undefined, {}],
  ])("is taken out of %j", (field, expected) => {
    expect(takeCookie(field)).toEqual(expected);
  });
});
