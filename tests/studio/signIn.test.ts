/** Sign-in to a session of a studio in a real browser: what it sends and keeps on the way to the provider and back. */
import { rootCertificates, setDefaultCACertificates } from "node:tls";

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { TestCa } from "../../services/common/testing/testCa";
import { TestProvider } from "../../services/studio-gate/src/testing/provider";
import { host, origin, redirectUrl, serverPair, TestGate, user } from "../../services/studio-gate/src/testing/testGate";
import { startChromium } from "../api/chromium";

let provider: TestProvider;
let gate: TestGate;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let skipReason: string | undefined;

beforeAll(async () => {
  const ca = await TestCa.make("provider");
  setDefaultCACertificates([...rootCertificates, ca.pem]);
  provider = await TestProvider.start({ tls: await serverPair(ca, "localhost"), redirectUrl });
  gate = await TestGate.start({ ca, oidc: { issuer: provider.url } });
  const found = await startChromium([`--host-resolver-rules=MAP ${host} 127.0.0.1:${gate.port}`]);
  if (typeof found === "string") skipReason = found;
  else browser = found;
}, 300_000);
beforeEach(async ({ skip }) => {
  skip(skipReason !== undefined, skipReason);
  provider.person = "ann";
  provider.people = {
    ann: { email: user, email_verified: true },
    bob: { email: "bob@example.com", email_verified: true },
  };
  context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 900, height: 500 } });
  page = await context.newPage();
});
afterEach(async () => {
  await context?.close();
});
afterAll(async () => {
  await browser?.close();
  gate?.stop();
  provider?.stop();
});

async function picture(name: string): Promise<void> {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/sign-in-${name}.png` });
}

it("leads from the session's address to the session, and leaves a cookie for its host alone", async () => {
  await page.goto(`${origin}/?folder=/home`);
  await picture("asked");
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByText("the editor").waitFor();
  expect(page.url()).toBe(`${origin}/`);
  const cookies = await context.cookies(origin);
  expect(
    cookies.map(({ name, domain, secure, httpOnly, sameSite }) => ({ name, domain, secure, httpOnly, sameSite })),
  ).toEqual([{ name: "__Host-studio", domain: host, secure: true, httpOnly: true, sameSite: "Lax" }]);
  await page.reload();
  expect(await page.innerText("body")).toBe("the editor");
});

it("says to others why they are not let in, and lets them sign in as somebody else", async () => {
  provider.person = "bob";
  await page.goto(origin);
  await page.getByRole("link", { name: "Sign in" }).click();
  const text = await page.getByRole("alert").innerText();
  await picture("refused");
  expect(text).toBe(
    `You are not signed in: this session is another user's: ${new URL(provider.url).host} says that you are "bob@example.com".`,
  );
  // He is not asked, as he is known there, until he wants to be.
  provider.person = "ann";
  await page.goto(`${origin}/_studio/sign-in`);
  expect(await page.getByRole("alert").innerText()).toBe(text);
  await page.getByRole("link", { name: "Sign in anew" }).click();
  await page.getByText("the editor").waitFor();
});
