/**
 * Sessions of a chaincode studio on the local Kubernetes, in a network of real Fabric nodes: how they are opened, what they reach, and
 * what ends in them alone. It prints how long the way to an editor takes, and what a session uses; see fabricCluster.ts.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Browser, Page } from "playwright-core";
import { afterAll, describe, expect, type TestContext, vi } from "vitest";

import { developerOf } from "../../cli/connection/developer";
import { withGateway } from "../../cli/connection/networkWithGateway";
import { askGate } from "../../cli/studio/gateClient";
import { chooseSession, sessionsOf } from "../../cli/studio/sessions";
import type { BlockchainClient } from "../../client/src/client";
import { connect } from "../../client/src/connect";
import { controllerPorts, ports } from "../../model/contracts/ports";
import { type StudioAction, type StudioAnswer, studioPaths, studioPorts } from "../../model/contracts/studio";
import { loadStack } from "../../model/project/stacks";
import { startChromium } from "../api/chromium";
import { writeConnection } from "../cluster/connection";
import type { Target } from "../cluster/edge/probeProgram";
import { RemoteProbe } from "../cluster/edge/remoteProbe";
import { FabricCluster } from "../cluster/fabricCluster";
import { OutsideClient } from "../cluster/load/outsideClient";
import { forbiddenAddresses } from "../studio/forbiddenAddresses";
import { browse, cookieOf, enter, originOf, type Visited } from "../studio/visitor";

const stackFile = "stacks/Pulumi.dev.yaml";
const minutes = 60_000;
const fabric = new FabricCluster("test-studio");
const test = fabric.test.bind(fabric);
let folder: string;
let address: { host: string; port: number };
let viaDebugPeer: BlockchainClient | undefined;
let browser: Browser | undefined;
/** Field `cookie` of a browser that has signed in to bob's session. */
let bobsCookie = "";

afterAll(async () => {
  viaDebugPeer?.close();
  await browser?.close();
});

async function enrol(client: string): Promise<void> {
  const names = { namespace: "dev", channel: "main", chaincode: "asset-transfer" };
  await OutsideClient.enrol(fabric.cluster, { ...names, organization: "org1", mspId: "Org1MSP", client, folder });
  cpSync(join(folder, "msp"), join(folder, `clients/${client}-org1/msp`), { recursive: true });
  rmSync(join(folder, "msp"), { recursive: true });
}

/** Does what `baas studio` does, as a client. */
function ask(name: string, action: StudioAction, client: string): Promise<StudioAnswer> {
  const network = withGateway(fabric.project.dir, loadStack(fabric.project.dir, "dev"));
  const session = chooseSession(sessionsOf(network, stackFile), name);
  const developer = developerOf(network, folder, session.organization, client);
  address = { host: developer.address, port: developer.port };
  return askGate(session.host, action, developer);
}

const visited = (session: string): Visited => ({ name: `studio-${session}.dev.example.com`, ...address });
const urlOf = (session: string): string => originOf(visited(session));

/** Runs a command in a session's container. */
const inside = (session: string, ...command: string[]): Promise<string> =>
  fabric.kubectl("-n", "dev-studio", "exec", `studio-${session}-0`, "-c", "session", "--", ...command);

/** A port of a workload's pod. */
async function podPort(namespace: string, label: string, port: number): Promise<Target> {
  const [{ status }] = await fabric.list("-n", namespace, "pod", "-l", `app.kubernetes.io/${label}`);
  return { name: `${label} ${port}`, host: status.podIP, port };
}

const restartsOf = async (namespace: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await fabric.list("-n", namespace, "pod")).flatMap(({ metadata, status }) =>
      (status.containerStatuses ?? []).map(({ name, restartCount }: any) => [`${metadata.name} ${name}`, restartCount]),
    ),
  );

describe("a chaincode studio on real Fabric", () => {
  test("an organization gets two sessions", async () => {
    fabric.project.edit(
      stackFile,
      "{ name: org1, clients: [app] }",
      `name: org1
        clients: [app, guest]
        debug: { developers: [app, guest] }
        studio:
          memory: 1536Mi
          sessions:
            - { name: ada, developer: app, chaincode: asset-transfer }
            - { name: bob, developer: guest, chaincode: asset-transfer }`,
    );
    const policy = `endorsementPolicy: "OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')"`;
    fabric.project.edit(stackFile, '        version: "1.0"', `        version: "1.0"\n        ${policy}`);
    const applied = await fabric.apply("dev");
    if (applied.end !== "ready") console.log(JSON.stringify(applied, undefined, 1), fabric.said.slice(-30).join("\n"));
    expect(applied).toMatchObject({ end: "ready", notReady: [] });
    await writeConnection(fabric, "dev");
    folder = join(fabric.project.dir, ".baas/connection/dev");
    await enrol("app");
    await enrol("guest");
    await vi.waitFor(
      async () => {
        const pods = [...(await fabric.list("-n", "dev-studio", "pod")), ...(await gatePods())];
        expect(pods.map(({ status }) => status.containerStatuses?.every(({ ready }: any) => ready))).toEqual([
          ...[true, true, true, true],
        ]);
      },
      { timeout: 5 * minutes, interval: 1000 },
    );
    console.log("at rest", await memoryOf("ada"));
  });

  test("a one-time link opens a session, once, for its developer alone", async () => {
    await expect(ask("ada", "link", "guest-org1")).rejects.toThrow(
      'studio-ada.dev.example.com refuses: "guest" is not among the developers of this organization (app), nor its administrator',
    );
    const began = Date.now();
    const { link, state } = await ask("ada", "link", "app-org1");
    expect(state).toMatchObject({ isOpen: true, windows: 0 });
    expect(await browse(visited("ada"), "/")).toMatchObject({ status: 401 });
    expect(await enter(visited("ada"), link!)).toMatchObject({ status: 200, body: "OK\n" });
    console.log(`the editor answers ${Date.now() - began} ms after studio open`);
    expect(await enter(visited("ada"), link!)).toMatchObject({ status: 403 });
    await sleep(1000);
    console.log("open", await memoryOf("ada"));
    const { link: other } = await ask("bob", "link", "guest-org1");
    bobsCookie = cookieOf(await enter(visited("bob"), other!));
  });

  test("from inside, nothing is reachable", async () => {
    const inDev = (instance: string, port: number) => podPort("dev", `instance=${instance}`, port);
    const targets = [
      ...(await forbiddenAddresses(fabric.list.bind(fabric), address.port)),
      await inDev("peer0-org1", ports.peer),
      await inDev("debug-org1", ports.peer),
      await inDev("debug-org1", ports.debugRelay),
      await inDev("ca-org1", ports.certificateAuthority),
      await inDev("gateway", ports.gateway),
      await inDev("studio-ada", ports.studioGate),
      await podPort("dev-studio", "instance=studio-bob", ports.studioLink),
      await podPort("baas-platform", "component=controller", controllerPorts.metrics),
    ];
    const probe = await RemoteProbe.inPod(fabric.cluster, "dev-studio", "studio-ada-0", "session");
    expect(await probe.reach(targets)).toEqual([]);
    // The same program does reach what is there.
    const own = { name: "the editor", host: "127.0.0.1", port: studioPorts.editor };
    expect(await probe.reach([own])).toEqual([own.name]);
    const lookup = `require("node:dns").lookup("peer0-org1.dev.svc.cluster.local", (e, a) => console.log(e?.code ?? a))`;
    expect((await inside("ada", "node", "-e", lookup)).trim()).toMatch(/^E/);
  });

  test("no key is readable inside, and no program of others seen", async () => {
    const search =
      "grep -rslE 'PRIVATE KEY-----' /etc /var /run /home /opt /srv /tmp 2>/dev/null | grep -v node_modules || true";
    expect((await inside("ada", "bash", "-c", search)).trim()).toBe("");
    // Programs of other containers cannot be seen: there is one process namespace each.
    expect(await inside("ada", "bash", "-c", "cat /proc/1/cmdline | tr '\\0' ' '")).toMatch(/\/app\/start\.sh/);
  });

  test("the debug peer calls the contract in the session that is open", async () => {
    viaDebugPeer = await connect(join(folder, "clients/app-org1/debug_client.yaml"));
    await vi.waitFor(async () => expect((await ask("ada", "state", "app-org1")).state.isCalled).toBe(true), {
      timeout: minutes,
      interval: 500,
    });
    // The session program compiles the contract first.
    const client = viaDebugPeer;
    await vi.waitFor(() => expect(client.evaluate("ReadAsset", ["none"])).rejects.toThrow('"none" does not exist'), {
      timeout: 2 * minutes,
      interval: 1000,
    });
    await viaDebugPeer.submit("CreateAsset", ["studio1", "ada", "a boat", "7"]);
    expect(JSON.parse(String(await viaDebugPeer.evaluate("ReadAsset", ["studio1"])))).toMatchObject({ owner: "ada" });
    const log = await fabric.kubectl("-n", "dev", "logs", "debug-org1-0", "-c", "relay");
    expect(
      log
        .split("\n")
        .filter((line) => line.includes("the peer called chaincode"))
        .at(-1),
    ).toContain('"answeredBy":"studio-ada"');
    // From inside, the network is called by the gate.
    const read = `fetch("http://127.0.0.1:7071/v1/channels/main/chaincodes/asset-transfer/evaluate", {
      method: "POST", body: JSON.stringify({ function: "ReadAsset", arguments: ["studio1"] }),
    }).then(async (answer) => console.log(answer.status, await answer.text()))`;
    expect(await inside("ada", "node", "-e", read)).toMatch(/^200 .*a boat/);
    // A changed line runs without a new version.
    const changed = "sed -i 's/does not exist/is nowhere/' ~/project/src/assetTransfer.ts";
    const began = Date.now();
    await inside("ada", "bash", "-c", changed);
    await vi.waitFor(() => expect(client.evaluate("ReadAsset", ["none"])).rejects.toThrow('"none" is nowhere'), {
      timeout: 2 * minutes,
      interval: 50,
    });
    console.log(`a changed line runs ${Date.now() - began} ms after it was saved`);
    // The other session is told who has it.
    expect((await ask("bob", "state", "guest-org1")).state.isCalled).toBe(false);
  });

  test("in a browser, the editor shows the project, and asks nobody else", async (ctx) => {
    const { link } = await ask("ada", "link", "app-org1");
    const page = await windowOf("ada", ctx);
    const asked: string[] = [];
    // Pictures in the page itself have no host.
    page.on("request", (each) => void asked.push(...[new URL(each.url()).host].filter((name) => name !== "")));
    const began = Date.now();
    await page.goto(`${urlOf("ada")}${studioPaths.enter}#${link}`);
    await page.waitForSelector(".explorer-folders-view .monaco-list-row", { timeout: 2 * minutes });
    console.log(`the project is shown ${Date.now() - began} ms after the link is opened`);
    console.log("with a window", await memoryOf("ada"));
    await pictured(page, "studio");
    expect([...new Set(asked)]).toEqual([new URL(urlOf("ada")).host]);
    expect((await ask("ada", "state", "app-org1")).state.windows).toBeGreaterThan(0);
    await page.close();
  });

  test("a memory hog ends in its session alone", async () => {
    const before = { ...(await restartsOf("dev")), ...(await restartsOf("dev-studio")) };
    const hog = "const all = []; for (;;) all.push(Buffer.alloc(32 * 2 ** 20, 1));";
    await expect(inside("ada", "node", "-e", hog)).rejects.toThrow();
    const bob = await browse(visited("bob"), "/healthz", { headers: { cookie: bobsCookie } });
    expect(bob).toMatchObject({ status: 200 });
    const after = { ...(await restartsOf("dev")), ...(await restartsOf("dev-studio")) };
    expect(changed(before, after).filter((name) => !name.startsWith("studio-ada-0"))).toEqual([]);
  });

  test("a fork bomb in a terminal ends in its session alone, and with it", async (ctx) => {
    const before = { ...(await restartsOf("dev")), ...(await restartsOf("dev-studio")) };
    const { link } = await ask("bob", "link", "guest-org1");
    const page = await windowOf("bob", ctx);
    await page.goto(`${urlOf("bob")}${studioPaths.enter}#${link}`);
    await page.waitForSelector(".explorer-folders-view .monaco-list-row", { timeout: 2 * minutes });
    await page.keyboard.press("Control+Shift+Backquote");
    await page.waitForSelector(".xterm-helper-textarea", { timeout: minutes, state: "attached" });
    await sleep(5000);
    await page.keyboard.type("ulimit -u; f() { f | f & }; f\n");
    await sleep(10_000);
    await pictured(page, "bomb");
    const processes = await processesOf("bob");
    console.log(`processes of the session with a fork bomb: ${processes}`);
    expect(processes).toBeGreaterThan(100);
    expect(processes).toBeLessThan(1200);
    expect((await ask("ada", "state", "app-org1")).state).toBeDefined();
    expect(await browse(visited("ada"), studioPaths.health)).toMatchObject({ status: 200 });
    await page.close();
    await ask("bob", "close", "guest-org1");
    await vi.waitFor(async () => expect(await processesOf("bob")).toBeLessThan(5), {
      timeout: 3 * minutes,
      interval: 1000,
    });
    const after = { ...(await restartsOf("dev")), ...(await restartsOf("dev-studio")) };
    expect(changed(before, after).filter((name) => !name.startsWith("studio-bob-0"))).toEqual([]);
  });

  test("a closed session lets nobody in, and its files stay", async () => {
    await vi.waitFor(async () => void (await inside("bob", "touch", "/home/coder/project/mine")), {
      timeout: 3 * minutes,
      interval: 2000,
    });
    expect(await browse(visited("bob"), "/", { headers: { cookie: bobsCookie } })).toMatchObject({ status: 401 });
    expect((await ask("bob", "state", "guest-org1")).state).toMatchObject({ isOpen: false });
    const { link } = await ask("bob", "link", "guest-org1");
    expect(await enter(visited("bob"), link!)).toMatchObject({ status: 200 });
    expect(await inside("bob", "ls", "/home/coder/project/mine")).toBe("/home/coder/project/mine\n");
    await ask("bob", "close", "guest-org1");
  });

  test("a purge leaves nothing of the network and its sessions", async () => {
    viaDebugPeer?.close();
    await fabric.destroy("dev", { purge: true });
    const left = (await fabric.list("namespace")).map(({ metadata }) => metadata.name);
    expect(left.filter((name) => name.startsWith("dev"))).toEqual([]);
  });
});

/** An empty window of a browser that knows where sessions are. */
async function windowOf(session: string, ctx: TestContext): Promise<Page> {
  if (browser === undefined) {
    const found = await startChromium([`--host-resolver-rules=MAP *.dev.example.com ${address.host}`]);
    if (typeof found === "string") return ctx.skip(`${session}: ${found}`);
    browser = found;
  }
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
  return context.newPage();
}

async function pictured(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

const gatePods = () => fabric.list("-n", "dev", "pod", "-l", "app.kubernetes.io/component=studio-gate");

const changed = (before: Record<string, number>, after: Record<string, number>): string[] =>
  Object.keys(after).filter((name) => before[name] !== after[name]);

/** Processes of a session's container: this machine is the node, so it sees them. */
async function processesOf(session: string): Promise<number> {
  const all = await fabric.kubectl("-n", "dev-studio", "get", "pod", `studio-${session}-0`, "-o", "json");
  const [{ containerID }] = JSON.parse(all).status.containerStatuses;
  const id = containerID.split("//")[1];
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isIn(name, id)).length;
}

function isIn(process: string, container: string): boolean {
  try {
    return readFileSync(`/proc/${process}/cgroup`, "utf8").includes(container);
  } catch {
    return false;
  }
}

/** Memory of a session's container, by its control group. */
async function memoryOf(session: string): Promise<string> {
  const read = "cat /sys/fs/cgroup/memory/memory.stat /sys/fs/cgroup/memory.stat 2>/dev/null; true";
  const stat = await inside(session, "bash", "-c", read);
  const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
  return `${Math.round((value("total_rss") || value("anon")) / 2 ** 20)} MiB without caches`;
}
