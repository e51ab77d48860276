import { rootCertificates, setDefaultCACertificates } from "node:tls";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { freePort } from "../../common/testing/freePort";
import { TestCa } from "../../common/testing/testCa";
import { Browser, type Page } from "./testing/browser";
import { client, TestProvider } from "./testing/provider";
import { host, origin, redirectUrl, serverPair, TestGate, type TestGateArgs } from "./testing/testGate";

const ann = { email: "ann@example.com", email_verified: true };
let ca: TestCa;
let provider: TestProvider;
let gate: TestGate;
let browser: Browser;
let clientSecret: string | undefined;
let now = (): number => Date.now();

const startGate = (oidc: Partial<TestGateArgs["oidc"]> = {}): Promise<TestGate> =>
  TestGate.start({
    ...{ ca, clientSecret: () => clientSecret, now: () => now() },
    oidc: { issuer: provider.url, ...oidc },
  });

beforeAll(async () => {
  ca = await TestCa.make("provider");
  setDefaultCACertificates([...rootCertificates, ca.pem]);
  provider = await TestProvider.start({ tls: await serverPair(ca, "localhost"), redirectUrl });
});

beforeEach(async () => {
  const usual = {
    person: "ann",
    people: { ann },
    wrongClaims: {},
    isForged: false,
    isUp: true,
    wrongIssuer: undefined,
  };
  Object.assign(provider, usual);
  clientSecret = client.secret;
  now = Date.now;
  gate = await startGate();
  browser = newBrowser();
  return () => gate.stop();
});

afterAll(() => provider?.stop());

const newBrowser = (): Browser => new Browser(() => gate.port);

/** Goes to the provider and, with what it says, on the way back. @returns where the browser would go */
async function atProvider(by: Browser = browser, change: (url: URL) => void = () => undefined): Promise<URL> {
  const begun = await by.go(`${origin}/_studio/sign-in`);
  expect(begun.status).toBe(303);
  const url = new URL(begun.location!);
  change(url);
  const { next, page } = await by.follow(url, (url) => url.hostname === host);
  expect(next, page.text).toBeDefined();
  return next!;
}

/** What the page that a link leads to does. */
const enter = (link: string, by: Browser = browser): Promise<Page> =>
  by.go(`${origin}/_studio/enter`, { method: "POST", body: new URL(link, origin).hash.slice(1) });

/** What a page says, without its markup, and the provider's port. */
function wordsOf({ text }: Page): string {
  const [, words = text] = / role="alert">You are not signed in: ([^<]*)</.exec(text) ?? [];
  const plain = words
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return plain.replaceAll(new URL(provider.url).host, "login");
}

describe("the session's user", () => {
  it("signs in at the provider, and the session begins", async () => {
    const first = await browser.go(`${origin}/`);
    expect(first).toMatchObject({
      status: 401,
      text: expect.stringContaining('<a href="/_studio/sign-in">Sign in</a>'),
    });
    expect(first.text).toContain(` at ${new URL(provider.url).host}, or open it with a link that works once`);
    const back = await atProvider();
    expect(Object.fromEntries(provider.asked)).toEqual({
      client_id: "studio",
      response_type: "code",
      redirect_uri: redirectUrl,
      scope: "openid email",
      state: expect.stringMatching(/^[-\w]{43}$/),
      nonce: expect.stringMatching(/^[-\w]{43}$/),
      code_challenge: expect.stringMatching(/^[-\w]{43}$/),
      code_challenge_method: "S256",
    });
    const page = await browser.go(back);
    expect(page).toMatchObject({
      status: 303,
      text: "",
      location: expect.stringMatching(/^\/_studio\/enter#[-\w]{43}$/),
    });
    expect(page.cookies).toEqual(["__Host-studio-sign-in=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"]);
    expect(gate.life.isOpen).toBe(false);
    const entered = await enter(page.location!);
    expect(entered.cookies).toEqual([
      expect.stringMatching(/^__Host-studio=[-\w]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ]);
    expect(gate.life.isOpen).toBe(true);
    expect(await browser.go(`${origin}/`)).toMatchObject({ status: 200, text: "the editor" });
    expect(await enter(page.location!)).toMatchObject({ status: 403 });
  });

  it("is signed out with the session", async () => {
    await enter((await browser.go(await atProvider())).location!);
    await gate.life.end("a test closes it");
    expect(await browser.go(`${origin}/`)).toMatchObject({ status: 401 });
  });

  it("is who a claim of the token says, too", async () => {
    gate.stop();
    gate = await startGate({ userClaim: "sub", user: "ann", scopes: ["openid"] });
    expect(await browser.go(await atProvider())).toMatchObject({ status: 303 });
  });

  it("can ask the provider to be asked who she is", async () => {
    const { location } = await browser.go(`${origin}/_studio/sign-in?anew`);
    expect(new URL(location!).searchParams.get("prompt")).toBe("login");
  });
});

/** Nobody gets in by a page, and nothing begins. */
function expectRefused(page: Page, status: number, words: string): void {
  const sentence = words.endsWith(".") ? words : `${words}.`;
  expect([page.status, wordsOf(page), page.cookies, page.location]).toEqual([status, sentence, [], undefined]);
  expect(page.text).toContain("./baas studio open NETWORK");
  expect(gate.life.isOpen).toBe(false);
}

const over = "this sign-in was begun in another browser, is finished, or took longer than 10 minutes";

describe("nobody is signed in", () => {
  const verified = { email_verified: true };
  it.each<[string, Record<string, unknown>, string]>([
    [
      "who is another user",
      { ...verified, email: "bob@example.com" },
      `this session is another user's: login says that you are "bob@example.com"`,
    ],
    [
      "who differs by a letter's case",
      { ...verified, email: "Ann@example.com" },
      `this session is another user's: login says that you are "Ann@example.com"`,
    ],
    [
      "whose name is markup",
      { ...verified, email: "<script>" },
      `this session is another user's: login says that you are "<script>"`,
    ],
    [
      "who says that the address is hers, and nobody has verified it",
      { ...ann, email_verified: false },
      `login does not say that "ann@example.com" is yours (email_verified). Whoever maintains the network may choose another claim, oidc.userClaim.`,
    ],
    [
      "of whom the provider does not say whether the address is verified",
      { email: ann.email },
      `login does not say that "ann@example.com" is yours (email_verified). Whoever maintains the network may choose another claim, oidc.userClaim.`,
    ],
    ["of whom there is no such claim", {}, "login does not say who you are: there is no claim email"],
    [
      "whose claim is no text",
      { ...verified, email: ["ann@example.com"] },
      "login does not say who you are: there is no claim email",
    ],
  ])("%s", async (_, bob, words) => {
    Object.assign(provider, { person: "bob", people: { bob } });
    expectRefused(await browser.go(await atProvider()), 403, words);
  });

  it("whom the provider refuses", async () => {
    provider.person = undefined;
    const words = "login did not sign you in: access_denied (nobody you know)";
    expectRefused(await browser.go(await atProvider()), 403, words);
  });

  it.each<[string, Partial<TestProvider>, RegExp]>([
    ["a token that has expired", { wrongClaims: { exp: 1_000_000 } }, /"exp" \(expiration time\)/],
    ["a token of another sign-in", { wrongClaims: { nonce: "a".repeat(43) } }, /"nonce"/],
    ["a token for another client", { wrongClaims: { aud: "shop" } }, /"aud"/],
    ["a token of another provider", { wrongClaims: { iss: "https://login.example.org" } }, /"iss"/],
    ["a token that another key has signed", { isForged: true }, /JWT signature verification failed/],
  ])("by %s", async (_, wrong, words) => {
    Object.assign(provider, wrong);
    const page = await browser.go(await atProvider());
    expectRefused(page, 403, wordsOf(page));
    expect(wordsOf(page)).toMatch(/^what login says does not count here: /);
    expect(wordsOf(page)).toMatch(words);
  });

  it("for whom the request to the provider was changed on the way", async () => {
    const back = await atProvider(browser, (url) => url.searchParams.set("nonce", "a".repeat(43)));
    const page = await browser.go(back);
    expectRefused(page, 403, wordsOf(page));
    expect(wordsOf(page)).toMatch(/^what login says does not count here: .*"nonce"/);
  });
});

describe("what the provider says by way of the browser", () => {
  it("counts in the browser that has begun alone", async () => {
    const back = await atProvider();
    expectRefused(await newBrowser().go(back), 403, over);
    // Not even in one that has begun, too.
    const other = newBrowser();
    await other.go(`${origin}/_studio/sign-in`);
    expectRefused(await other.go(back), 403, over);
    expect(await browser.go(back)).toMatchObject({ status: 303 });
  });

  it("counts once", async () => {
    const back = await atProvider();
    expect(await browser.go(back)).toMatchObject({ status: 303 });
    expectRefused(await browser.go(back), 403, over);
  });

  it.each<[string, (url: URL) => void]>([
    ["of another state", (url) => url.searchParams.set("state", "a".repeat(43))],
    ["of no state", (url) => url.searchParams.delete("state")],
    ["of two states", (url) => url.searchParams.append("state", url.searchParams.get("state")!)],
  ])("does not count %s", async (_, change) => {
    const back = await atProvider();
    change(back);
    expectRefused(await browser.go(back), 403, over);
  });

  it("does not count later than ten minutes", async () => {
    const back = await atProvider();
    now = () => Date.now() + 600_000;
    expectRefused(await browser.go(back), 403, over);
  });

  it("does not count with the code of another sign-in", async () => {
    const other = await atProvider(newBrowser());
    const back = await atProvider();
    back.searchParams.set("code", other.searchParams.get("code")!);
    const words = "login does not accept what your browser has brought: invalid_grant (grant request is invalid)";
    expectRefused(await browser.go(back), 403, words);
  });

  it("does not count with a code that was used", async () => {
    const used = await atProvider();
    expect(await browser.go(used)).toMatchObject({ status: 303 });
    const back = await atProvider();
    back.searchParams.set("code", used.searchParams.get("code")!);
    const words = "login does not accept what your browser has brought: invalid_grant (grant request is invalid)";
    expectRefused(await browser.go(back), 403, words);
  });

  it("does not count when another provider says it", async () => {
    const back = await atProvider();
    back.searchParams.set("iss", "https://login.example.org");
    const page = await browser.go(back);
    expectRefused(page, 403, wordsOf(page));
    expect(wordsOf(page)).toMatch(/^what login says does not count here: .*"iss"/);
  });

  it("leads nowhere but to the session", async () => {
    const elsewhere = "https://example.org/";
    const begun = await browser.go(`${origin}/_studio/sign-in?return_to=${elsewhere}&redirect_uri=${elsewhere}`);
    const to = new URL(begun.location!);
    expect([to.origin, to.searchParams.get("redirect_uri")]).toEqual([provider.url, redirectUrl]);
    const { next } = await browser.follow(to, (url) => url.hostname === host);
    for (const name of ["return_to", "next", "redirect_uri", "url"]) next!.searchParams.set(name, elsewhere);
    const page = await browser.go(next!);
    expect(page.location).toMatch(/^\/_studio\/enter#[-\w]{43}$/);
  });

  it("is not sent elsewhere by the provider", async () => {
    const begun = await browser.go(`${origin}/_studio/sign-in`);
    const to = new URL(begun.location!);
    to.searchParams.set("redirect_uri", "https://studio-bob.example.com:30443/_studio/signed-in");
    expect(await browser.go(to)).toMatchObject({ status: 400, location: undefined });
  });

  it("counts by GET alone, at the gate's own name, and where there is a provider", async () => {
    const back = await atProvider();
    expect(await browser.go(back, { method: "POST" })).toMatchObject({ status: 404 });
    const other = new URL(back);
    other.hostname = "studio-bob.example.com";
    expect(await browser.go(other)).toMatchObject({ status: 421 });
    expect(await browser.go(back)).toMatchObject({ status: 303 });
  });
});

describe("a one-time link leads in", () => {
  it.each<[string, () => void, string]>([
    [
      "when the provider does not answer",
      () => (provider.isUp = false),
      "login does not answer as it should: status 503. Try again in a moment.",
    ],
    [
      "when the provider is another one",
      () => (provider.wrongIssuer = "https://login.example.org"),
      "login does not answer as it should: discovered metadata issuer does not match the expected issuer. Try again in a moment.",
    ],
    [
      "when the Secret is not there yet",
      () => (clientSecret = undefined),
      "the Secret that the stack file names in oidc.secretName has no key clientSecret",
    ],
  ])("%s", async (_, break_, words) => {
    break_();
    expectRefused(await browser.go(`${origin}/_studio/sign-in`), 502, words);
    await enter(`#${gate.logins.newLink()}`);
    expect(await browser.go(`${origin}/`)).toMatchObject({ status: 200, text: "the editor" });
  });

  it("when nobody listens at the provider's address", async () => {
    gate.stop();
    const address = `localhost:${await freePort()}`;
    gate = await startGate({ issuer: `https://${address}` });
    const page = await browser.go(`${origin}/_studio/sign-in`);
    expect(wordsOf(page)).toContain(`${address} does not answer as it should: `);
    expectRefused(page, 502, wordsOf(page));
    expect(wordsOf(page)).toMatch(/: connect ECONNREFUSED .*\. Try again in a moment\.$/);
  });

  it("when the provider ends in between, and does not know the client's secret", async () => {
    const back = await atProvider();
    provider.isUp = false;
    const words503 = "login does not answer as it should: status 503. Try again in a moment.";
    expectRefused(await browser.go(back), 502, words503);
    provider.isUp = true;
    clientSecret = "another secret";
    const words = "login does not accept clientId and clientSecret of this studio";
    expectRefused(await browser.go(await atProvider()), 502, words);
  });
});

it("is not offered without a provider", async () => {
  gate.stop();
  gate = await TestGate.start({ ca });
  expect((await browser.go(`${origin}/`)).text).not.toContain("/_studio/sign-in");
  expect(await browser.go(`${origin}/_studio/sign-in`)).toMatchObject({ status: 404 });
});
