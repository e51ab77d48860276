/** The page to try the API, in a real browser: what it does, and that nothing leaves the server's origin. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { startChromium } from "./chromium";
import { TestApi } from "./testApi";

let browser: Browser;
let api: TestApi;
let context: BrowserContext;
let page: Page;
let requests: string[];
let complaints: string[];
let skipReason: string | undefined;

beforeAll(async () => {
  const found = await startChromium();
  if (typeof found === "string") return void (skipReason = found);
  browser = found;
  api = await TestApi.start();
}, 300_000);
beforeEach(async ({ skip }) => {
  skip(skipReason !== undefined, skipReason);
  requests = [];
  complaints = [];
  context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  page = await context.newPage();
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${api.server.url}/try`);
});
afterEach(async () => {
  await context?.close();
});
afterAll(async () => {
  await browser?.close();
  await api?.stop();
});

/** Fills in who calls, and which chaincode; the functions' forms follow. */
async function open(token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByLabel("Channel").fill("main");
  await page.getByLabel("Chaincode").fill("assets");
  await page.getByRole("button", { name: "Show its functions" }).click();
}

const form = (name: string) => page.locator(`form[name="${name}"]`);
/** Waits for an answer with a status, and gives what is shown of it. */
async function answer(status: string): Promise<string> {
  await page.locator("#status", { hasText: status }).waitFor();
  return page.locator("#body").innerText();
}

it("has a form for each function, and shows what a call answers", async () => {
  await open(await api.token());
  await form("CreateAsset").getByLabel("id").fill("asset1");
  await form("CreateAsset").getByLabel("owner").fill("alice");
  await answer("200");
  expect(await page.locator("#functions h3").allInnerTexts()).toHaveLength(4);
  await form("CreateAsset").getByRole("button", { name: "Submit", exact: true }).click();
  await page.getByText("/submit", { exact: false }).and(page.locator("#request")).waitFor();
  expect(JSON.parse(await answer("200"))).toMatchObject({ state: "committed", function: "CreateAsset" });
  await form("ReadAsset").getByLabel("id").fill("asset1");
  expect(await form("ReadAsset").getByRole("button").allInnerTexts()).toEqual(["Evaluate"]);
  await form("ReadAsset").getByRole("button").click();
  await page.locator("#body", { hasText: "alice" }).waitFor();
  expect(JSON.parse(await answer("200"))).toEqual({ result: '{"owner":"alice"}' });
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/try.png`, fullPage: true });
  expect(complaints).toEqual([]);
});

it("says what is wrong with an argument", async () => {
  await open(await api.token());
  await form("Appraise").getByLabel("id").fill("asset1");
  await form("Appraise").getByLabel("value").fill("much");
  await form("Appraise").getByRole("button", { name: "Submit", exact: true }).click();
  await answer("400");
  expect(await page.getByRole("alert").innerText()).toBe(
    'Appraise: argument 2 (value) is "much", but should be of type integer.',
  );
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/wrong.png`, fullPage: true });
});

it("says who is not let in", async () => {
  await open("");
  await answer("401");
  expect(await page.getByRole("alert").innerText()).toBe(
    "Say who you are: send a token in the header Authorization: Bearer.",
  );
  if (process.env.SCREENSHOTS) {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 420, height: 800 });
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/narrow.png`, fullPage: true });
  }
});

it("loads nothing from elsewhere, and its policy refuses what would", async () => {
  await open(await api.token());
  await answer("200");
  expect(requests.filter((url) => !url.startsWith(`${api.server.url}/`) && !url.startsWith("data:"))).toEqual([]);
  expect(complaints).toEqual([]);
  const refused = await page.evaluate(`(async () => {
    const violated = [];
    document.addEventListener("securitypolicyviolation", (event) => violated.push(event.effectiveDirective));
    document.body.append(Object.assign(document.createElement("script"), { textContent: "window.isHere = true" }));
    document.body.append(Object.assign(document.createElement("img"), { src: "http://127.0.0.1:1/picture" }));
    await fetch("http://127.0.0.1:1/").catch(() => {});
    while (violated.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    return { violated: violated.sort(), isHere: "isHere" in window };
  })()`);
  expect(refused).toEqual({ violated: ["connect-src", "img-src", "script-src-elem"], isHere: false });
});
