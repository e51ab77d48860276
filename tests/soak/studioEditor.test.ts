/**
 * The editor of a chaincode studio for real: code-server with the extension, driven by headless Chromium. A double of a debug peer calls the
 * contract of chaincode/asset-transfer. CODE_SERVER names the folder of the npm package, built as docs/chaincode-studio-editor.md says;
 * SCREENSHOTS a folder for pictures.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { freePort } from "../../services/common/testing/freePort";
import { TestCa } from "../../services/common/testing/testCa";
import { type RunningSession, startSession } from "../../services/studio/src/session/session";
import { startChromium } from "../api/chromium";
import { PeerDouble } from "../chaincode/peerDouble";
import { ApiDouble } from "../studio/apiDouble";

const repository = join(__dirname, "../..");
const studio = join(repository, "services/studio");
const folder = mkdtempSync(join(tmpdir(), "baas-editor-"));
const home = join(folder, "home");
const project = join(home, "asset-transfer");
const minutes = 60_000;
const soon = { timeout: minutes };
let skipReason: string | undefined;
let codeServer: ChildProcess | undefined;
let session: RunningSession | undefined;
let peer: PeerDouble | undefined;
let api: ApiDouble | undefined;
let browser: Browser | undefined;
let page: Page;
let editorPort: number;
const asked: string[] = [];

beforeAll(async () => {
  const program = process.env.CODE_SERVER && join(process.env.CODE_SERVER, "out/node/entry.js");
  if (!program || !existsSync(program)) {
    skipReason = "CODE_SERVER names no folder of code-server's npm package";
    return;
  }
  const started = await startChromium();
  if (typeof started === "string") {
    skipReason = started;
    return;
  }
  browser = started;
  cpSync(join(repository, "chaincode/asset-transfer"), project, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist)$/.test(path),
  });
  symlinkSync(join(repository, "node_modules"), join(project, "node_modules"));
  await startContract();
  await startEditor(program);
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on("request", (each) => void asked.push(new URL(each.url()).hostname));
});

afterAll(async () => {
  await browser?.close();
  codeServer?.kill();
  await session?.stop();
  peer?.close();
  api?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startContract(): Promise<void> {
  const ports = { chaincode: await freePort(), contract: await freePort(), session: 0, debugger: await freePort() };
  const caller = (await TestCa.make("ca")).pem;
  peer = new PeerDouble({ name: "asset-transfer-1-0-org1", port: ports.chaincode, caller });
  api = await ApiDouble.start(peer);
  session = await startSession({
    settings: {
      ...{
        network: "dev",
        channel: "main",
        chaincode: "asset-transfer",
        version: "1.0",
        source: "chaincode/asset-transfer",
      },
      stackFile: {
        path: "stacks/Pulumi.dev.yaml",
        content: readFileSync(join(repository, "stacks/Pulumi.dev.yaml"), "utf8"),
      },
      api: {
        ...{ url: api.url, organizations: ["Org1MSP", "Org2MSP"] },
        identities: [
          { name: "api@debug", mspId: "Org1MSP", callsHere: true },
          { name: "api", mspId: "Org1MSP", callsHere: false },
        ],
      },
    },
    ...{ project, packageId: "asset-transfer_1.0:abcdef", folder: join(home, ".studio"), ports },
  });
}

async function startEditor(program: string): Promise<void> {
  execFileSync(process.execPath, ["build.mjs"], { cwd: studio });
  const extensions = join(folder, "extensions");
  cpSync(join(studio, "dist/extension"), join(extensions, "baas.chaincode-0.1.0"), { recursive: true });
  mkdirSync(join(home, "data/User"), { recursive: true });
  // Rows of a terminal are elements then, which a test can read.
  writeFileSync(join(home, "data/User/settings.json"), '{ "terminal.integrated.gpuAcceleration": "off" }');
  editorPort = await freePort();
  const flags = ["--disable-proxy", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
  const args = [
    ...[program, "--bind-addr", `127.0.0.1:${editorPort}`, "--auth", "none", ...flags],
    ...["--disable-getting-started-override", "--extensions-dir", extensions, "--user-data-dir", join(home, "data")],
    project,
  ];
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, EXTENSIONS_GALLERY: "{}", LANG: "C.UTF-8" },
    ...{ STUDIO_SESSION_PORT: String(session!.port), STUDIO_SESSION_FOLDER: join(home, ".studio") },
  };
  codeServer = spawn(process.execPath, args, { env, stdio: "ignore" });
  await vi.waitFor(
    () =>
      new Promise<void>((resolve, reject) => {
        request({ host: "127.0.0.1", port: editorPort, path: "/healthz" }, () => resolve())
          .on("error", reject)
          .end();
      }),
    { timeout: 2 * minutes, interval: 200 },
  );
}

/** The page with the forms: a frame in a frame of the editor. */
async function forms(): Promise<Frame> {
  return vi.waitFor(
    async () => {
      for (const frame of page.frames()) if ((await frame.locator("#function").count()) > 0) return frame;
      throw new Error("there are no forms yet");
    },
    { timeout: 2 * minutes, interval: 300 },
  );
}

async function picture(name: string): Promise<void> {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
}

const test = (name: string, work: () => Promise<void>): void =>
  it(name, async (ctx) => {
    if (skipReason !== undefined) return ctx.skip(skipReason);
    return work();
  });

/** Runs a command by the palette. */
async function command(title: string): Promise<void> {
  await page.locator(".monaco-workbench .activitybar").waitFor({ timeout: 2 * minutes });
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").first().fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row").first().click();
}

describe("the studio's editor", () => {
  test("has a form made from the contract's metadata", async () => {
    await page.goto(`http://127.0.0.1:${editorPort}/`);
    await page
      .locator('.activitybar [aria-label="Chaincode"]')
      .first()
      .click({ timeout: 2 * minutes });
    const frame = await forms();
    await vi.waitFor(async () => expect(await frame.locator("#function option").count()).toBeGreaterThan(5), {
      timeout: 2 * minutes,
      interval: 500,
    });
    await frame.locator("#function").selectOption("CreateAsset");
    await picture("studio-form");
    expect(await frame.locator("label .type").allTextContents()).toEqual(["string", "string", "string", "number"]);
  });

  test("refuses what is no number, and shows what a call reads and writes", async () => {
    const frame = await forms();
    await frame.locator("#field-id").fill("<img src=x onerror=alert(1)>");
    await frame.locator("#field-owner").fill("Ada");
    await frame.locator("#field-description").fill("a boat");
    await frame.locator("#field-value").fill("many");
    await frame.getByRole("button", { name: "Submit" }).click();
    await expect.poll(() => frame.locator(".mistake li").allTextContents(), soon).toEqual(["value is no number"]);
    await frame.locator("#field-value").fill("100");
    await frame.getByRole("button", { name: "Submit" }).click();
    await expect.poll(() => frame.locator("#outcome .mistake").textContent(), soon).toContain('Argument "id" must');
    await frame.locator("#field-id").fill("a1");
    await frame.getByRole("button", { name: "Submit" }).click();
    await expect.poll(() => frame.locator("#outcome").textContent(), soon).toContain("VALID in block 7");
    const shown = await frame.locator("#outcome").textContent();
    expect(shown).toContain("a1: none");
    expect(shown).toContain('a1: {"description":"a boat","id":"a1","owner":"Ada","value":100}');
    await picture("studio-call");
    expect(await frame.locator("#outcome img").count()).toBe(0);
  });

  test("shows the world state, with the history of a key", async () => {
    const row = page.locator(".pane-body .monaco-list-row", { hasText: "a1" });
    await row.first().click({ timeout: minutes });
    await page.locator(".tab", { hasText: "a1" }).first().waitFor(soon);
    if ((await row.first().getAttribute("aria-expanded")) !== "true")
      await row.locator(".monaco-tl-twistie").first().click();
    await expect.poll(() => page.locator(".pane-body .monaco-list-row").count(), soon).toBeGreaterThan(1);
    await picture("studio-state");
  });

  test("runs a changed file at the next call", async () => {
    const frame = await forms();
    const file = join(project, "src/assetTransfer.ts");
    execFileSync("sed", ["-i", "s/does not exist/is nowhere/", file]);
    await frame.locator("#function").selectOption("ReadAsset");
    await frame.locator("#field-id").fill("none");
    await vi.waitFor(
      async () => {
        await frame.getByRole("button", { name: "Evaluate" }).click();
        await expect.poll(() => frame.locator("#outcome").textContent(), { timeout: 5000 }).toContain("is nowhere");
      },
      { timeout: 2 * minutes },
    );
    await picture("studio-changed");
  });

  test("stands at a breakpoint, shows variables, and goes on", async () => {
    await page.keyboard.press("Control+p");
    const input = page.locator(".quick-input-widget input").first();
    await input.fill("src/assetTransfer.ts");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "assetTransfer.ts" }).first().click();
    await page.locator(".tab", { hasText: "assetTransfer.ts" }).first().waitFor({ timeout: minutes });
    const lines = readFileSync(join(project, "src/assetTransfer.ts"), "utf8").split("\n");
    const line = lines.findIndex((each) => each.includes("await find(ctx, id)")) + 1;
    await page.keyboard.press("Control+g");
    await input.fill(`:${line}`);
    await input.press("Enter");
    await page.keyboard.press("F9");
    await page.keyboard.press("F5");
    await page.locator(".debug-toolbar").waitFor({ timeout: minutes });
    await command("View: Show Chaincode");
    const frame = await forms();
    await frame.locator("#function").selectOption("CreateAsset");
    // The debugger finds the line's place in what was compiled some time after it has attached.
    let calls = 0;
    await vi.waitFor(
      async () => {
        await frame.locator("#field-id").fill(`held${++calls}`);
        await frame.getByRole("button", { name: "Submit" }).click();
        const standing = page.locator(".debug-top-stack-frame-column, .debug-top-stack-frame-line").first();
        await standing.waitFor({ state: "attached", timeout: 5000 });
      },
      { timeout: 2 * minutes, interval: 100 },
    );
    const held = `held${calls}`;
    const scope = page.locator(".debug-variables .monaco-list-row", { hasText: "Local: CreateAsset" }).first();
    await scope.waitFor(soon);
    if ((await scope.getAttribute("aria-expanded")) !== "true") await scope.click();
    await expect
      .poll(() => page.locator(".debug-variables").first().textContent(), { timeout: minutes })
      .toMatch(/id:?.*held/);
    await picture("studio-breakpoint");
    expect(peer!.state.has(held)).toBe(false);
    await page.keyboard.press("F5");
    await command("View: Show Chaincode");
    await expect
      .poll(async () => (await forms()).locator("#outcome").textContent(), soon)
      .toContain("VALID in block 7");
    expect(peer!.state.has(held)).toBe(true);
    await page.keyboard.press("Shift+F5");
  });

  test("makes the next version a patch", async () => {
    await command("Chaincode: Make This the Next Version");
    const input = page.locator(".quick-input-widget input").first();
    await expect.poll(() => input.inputValue(), soon).toBe("1.1");
    await input.press("Enter");
    const patch = join(project, ".baas/studio-asset-transfer-1.1.patch");
    await vi.waitFor(() => expect(existsSync(patch)).toBe(true), { timeout: minutes });
    await vi.waitFor(
      async () => {
        const said = await Promise.all(
          page.frames().map((frame) => frame.locator("body").textContent({ timeout: 1000 })),
        );
        expect(said.join()).toContain("Nothing is changed on the network");
      },
      { timeout: minutes, interval: 500 },
    );
    await picture("studio-version");
    const text = readFileSync(patch, "utf8");
    expect(text).toContain('+        version: "1.1"');
    expect(text).toContain("is nowhere");
  });

  test("shows the log, and asks no other machine", async () => {
    await command("Chaincode: Show Log");
    const written = page.locator(".xterm-rows > div", { hasText: /the.changed.contract.runs/ });
    await written
      .first()
      .waitFor({ timeout: minutes })
      .finally(() => picture("studio-log"));
    // Names of webviews' own files, which the editor's service worker answers in the browser.
    const isOwn = (host: string): boolean => /^(127\.0\.0\.1|)$|\.vscode-resource\.vscode-cdn\.net$/.test(host);
    expect([...new Set(asked)].filter((host) => !isOwn(host))).toEqual([]);
  });
});
