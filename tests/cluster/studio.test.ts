/**
 * Sessions of a chaincode studio on the local Kubernetes, with their gates and the relay of a debug peer. A double of that peer, in this
 * process, calls the contract in a session by the chaincode protocol; the network's other nodes are doubles, too: see edge/. The editor
 * is code-server where this machine has it, and a double elsewhere. What needs real Fabric or a browser is in tests/soak/studio.test.ts.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { ports } from "../../model/contracts/ports";
import { studioHome, studioPorts, studioProjectDir } from "../../model/contracts/studio";
import { PeerDouble } from "../chaincode/peerDouble";
import { ProjectCopy } from "../projectCopy";
import { forbiddenAddresses } from "../studio/forbiddenAddresses";
import { browse, cookieOf, enter, openWindow, originOf, type Visited, windowPath } from "../studio/visitor";
import { writeConnection } from "./connection";
import { clientPair } from "./edge/callers";
import { EdgeNetwork, kubectl, platformAuthorities } from "./edge/edgeNetwork";
import { RemoteProbe } from "./edge/remoteProbe";
import { prepareEditor } from "./edge/sessionEditor";
import { type ForwardedPort, forwardPort } from "./kubectl";

const instance = process.env.BAAS_TEST_INSTANCE ?? "test-studio";
const patience = { timeout: 180_000, interval: 500 };
const stackFile = "stacks/Pulumi.dev.yaml";
const sessions = "dev-studio";
const network = `
config:
  baas:network:
    environment: local
    domain: dev.example.com
    organizations:
      - name: org1
        clients: [app, guest]
        debug: { developers: [app, guest] }
        studio:
          memory: 1536Mi
          sessions:
            - { name: ada, developer: app, chaincode: asset-transfer }
            - { name: bob, developer: guest, chaincode: asset-transfer }
    channels:
      - { name: main }
    chaincodes:
      - { name: asset-transfer, channel: main, source: chaincode/asset-transfer, version: "1.0" }
    gateway: { port: 30443 }
`;

let skipReason: string | undefined;
let whyNoEditor: string | undefined;
let cluster: LocalCluster;
let project: ProjectCopy;
let dev: EdgeNetwork;
let forward: ForwardedPort | undefined;
let peer: PeerDouble | undefined;
/** Fields `cookie` of browsers that have signed in. */
const cookies = { ada: "", bob: "" };

type Session = keyof typeof cookies;

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  cluster = await up({ type: "debian", name: instance });
  await removeAll();
  project = new ProjectCopy();
  project.write(stackFile, network);
  whyNoEditor = await prepareEditor(project);
  dev = new EdgeNetwork(cluster, project, { stack: "dev", platform: await platformAuthorities() });
  await dev.apply();
  await writeConnection({ cluster, project }, "dev");
  for (const client of ["app", "guest"]) await writeClient(client);
});

afterAll(async () => {
  peer?.close();
  forward?.process.kill();
  project?.remove();
  if (cluster === undefined) return;
  if (process.env.BAAS_TEST_INSTANCE === undefined) await down({ name: instance, purge: true });
  else await removeAll();
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

async function removeAll(): Promise<void> {
  await kubectl(cluster, "default", "delete", "namespace", "dev", sessions, "--ignore-not-found");
}

/** Gives a client what it has once it has enrolled. */
async function writeClient(name: string): Promise<void> {
  const { cert, key } = await clientPair(dev.authority("org1"), name);
  const msp = join(project.dir, `.baas/connection/dev/clients/${name}-org1/msp`);
  for (const [file, content] of Object.entries({ "signcerts/cert.pem": cert, "keystore/key.pem": key })) {
    mkdirSync(join(msp, file, ".."), { recursive: true });
    writeFileSync(join(msp, file), content, { mode: 0o600 });
  }
}

const clients = { ada: "app-org1", bob: "guest-org1" };

/** Runs the command `baas studio` for a session, as its developer. */
const studio = (command: "open" | "list" | "close", session: Session, ...args: string[]): Promise<string> =>
  run(join(project.dir, "baas"), ["studio", command, "dev", ...args, "--client", clients[session]], {
    cwd: project.dir,
  });

/** Opens a session by the command. @returns the secret of its one-time link */
async function open(session: Session): Promise<string> {
  const url = new URL(await studio("open", session, session));
  expect(url.href.split("#")[0]).toBe(`${originOf(visited(session))}/_studio/enter`);
  return url.hash.slice(1);
}

/** What the editor answers at once, whatever its window shows. */
const answered = "/healthz";

const visited = (session: Session): Visited => ({ name: `studio-${session}.dev.example.com`, ...dev.address });

/** Runs a command in a session's container. */
const inside = (session: Session, ...command: string[]): Promise<string> =>
  kubectl(cluster, sessions, "exec", `studio-${session}-0`, "-c", "session", "--", ...command);

const list = async (...args: string[]): Promise<any[]> =>
  JSON.parse(await kubectl(cluster, "default", "get", ...args, "-o", "json")).items;

/** Why a session's gate says that the session has ended. */
async function ends(session: Session): Promise<string[]> {
  const log = await dev.kubectl("logs", `deployment/studio-${session}`, "-c", "gate");
  const entries = log.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  return entries.filter(({ message }) => message === "the session ended").map(({ reason }) => reason);
}

describe("the namespace of sessions", () => {
  /** What the API server says to another pod like that of a session. */
  const another = async (change: (spec: any) => void): Promise<string> => {
    const [{ metadata, spec }] = await list("-n", sessions, "pod");
    change(spec);
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "another", labels: metadata.labels }, spec };
    const args = ["--kubeconfig", cluster.kubeconfig, "-n", sessions, "create", "--dry-run=server", "-f", "-"];
    return run(cluster.kubectl, args, { input: JSON.stringify(pod) }).catch((error: Error) => error.message);
  };

  it("takes no further pod, and none that may do more than theirs", async () => {
    expect(await another(({ containers }) => (containers[0].securityContext.allowPrivilegeEscalation = true))).toMatch(
      /violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false/,
    );
    expect(await another(() => undefined)).toMatch(/exceeded quota: sessions, requested: .*pods=1/);
  });

  it("gives them no token, no right and a file system that is read only", async () => {
    expect(await inside("ada", "bash", "-c", "ls /var/run/secrets 2>&1 || true")).toMatch(/No such file/);
    expect(await inside("ada", "bash", "-c", "touch /x 2>&1 || true")).toMatch(/Read-only file system/);
    expect(await inside("ada", "bash", "-c", "cat /proc/self/status")).toMatch(/CapEff:\s0+\n/);
    expect(await inside("ada", "id", "-u")).not.toBe(await inside("bob", "id", "-u"));
  });
});

describe("a session", () => {
  it("is opened by the command's link, which signs one browser in", async () => {
    await vi.waitFor(async () => expect((await browse(visited("ada"), "/")).status).toBe(401), patience);
    const secret = await open("ada");
    const entered = await enter(visited("ada"), secret);
    expect(entered).toMatchObject({ status: 200, body: "OK\n" });
    cookies.ada = cookieOf(entered);
    expect(await enter(visited("ada"), secret)).toMatchObject({ status: 403 });
    expect(await browse(visited("ada"), answered, { headers: { cookie: cookies.ada } })).toMatchObject({ status: 200 });
  });

  it("shows the editor", async (ctx) => {
    ctx.skip(whyNoEditor !== undefined, whyNoEditor);
    const path = `/?folder=${studioProjectDir}`;
    const page = await browse(visited("ada"), path, { headers: { cookie: cookies.ada } });
    expect(page.body).toContain("workbench");
  });

  it("passes WebSockets through, and is told of as open to its developer alone", async () => {
    const origin = originOf(visited("ada"));
    const { socket, answer } = await openWindow(visited("ada"), windowPath, { cookie: cookies.ada, origin });
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1.1 101 /);
    const listed = JSON.parse(await studio("list", "ada", "--json"));
    expect(listed).toMatchObject([
      { name: "ada", state: { isOpen: true } },
      { name: "bob", reason: expect.stringContaining('"app" is not among the developers') },
    ]);
  });

  it("is none of another one's: not by its link, its cookie, its name or its page", async () => {
    const secret = await open("bob");
    expect(await enter(visited("ada"), secret)).toMatchObject({ status: 403 });
    cookies.bob = cookieOf(await enter(visited("bob"), secret));
    const asBob = { cookie: cookies.bob };
    expect(await browse(visited("bob"), answered, { headers: asBob })).toMatchObject({ status: 200 });
    expect(await browse(visited("ada"), "/", { headers: asBob })).toMatchObject({ status: 401 });
    // A connection that was opened for the one, and a request for the other.
    const crossed = await browse(visited("bob"), "/", { headers: asBob, sni: visited("ada").name });
    expect(crossed).toMatchObject({ status: 421 });
    const fromBob = { cookie: cookies.ada, origin: originOf(visited("bob")) };
    expect((await openWindow(visited("ada"), windowPath, fromBob)).answer).toMatch(/^HTTP\/1.1 403 /);
    expect(await browse(visited("ada"), "/", { method: "POST", headers: fromBob })).toMatchObject({ status: 403 });
  });

  it("reaches nothing: no other session, no node of its network, not its own gate, nothing of Kubernetes", async () => {
    const probe = await RemoteProbe.inPod(cluster, sessions, "studio-ada-0", "session");
    const [bob] = await list("-n", sessions, "pod", "-l", "app.kubernetes.io/instance=studio-bob");
    const targets = [
      ...(await dev.targets()),
      ...(await forbiddenAddresses(list, dev.address.port)),
      { name: "the other session", host: bob.status.podIP, port: ports.studioLink },
    ];
    expect(await probe.reach(targets)).toEqual([]);
    // The same program does reach what is there.
    const host = "127.0.0.1";
    const own = { editor: studioPorts.editor, link: ports.studioLink };
    expect(await probe.reach(Object.entries(own).map(([name, port]) => ({ name, host, port })))).toEqual([
      "editor",
      "link",
    ]);
  });
});

describe("the contract in a session", () => {
  it("is called by the debug peer, through the relay, with TLS", async () => {
    forward = await forwardPort(cluster, "dev", "pod/debug-org1-0", ports.peer);
    const { server, chaincode } = dev.plan.studio!.sessions[0]!;
    peer = new PeerDouble({ name: server, port: forward.port, root: dev.authority("org1").pem });
    // The session program compiles the contract first.
    await vi.waitFor(
      async () => expect((await peer!.invoke("ReadAsset", "none")).message).toContain('"none" does not exist'),
      patience,
    );
    expect(await peer.invoke("CreateAsset", "one", "ada", "a boat", "7")).toMatchObject({ status: 200 });
    expect(JSON.parse(peer.state.get("one")!)).toMatchObject({ owner: "ada" });
    expect(peer.packageId).toMatch(new RegExp(`^${chaincode.label}:[0-9a-f]{64}$`));
    const log = await dev.kubectl("logs", "debug-org1-0", "-c", "relay");
    expect(log).toContain(`"server":"${server}","answeredBy":"studio-ada"`);
  });

  it("runs a line that was changed on the session's volume at a next call", async () => {
    await inside("ada", "sed", "-i", "s/does not exist/is nowhere/", `${studioProjectDir}/src/assetTransfer.ts`);
    await vi.waitFor(
      async () => expect((await peer!.invoke("ReadAsset", "none")).message).toContain('"none" is nowhere'),
      patience,
    );
  });

  it("is called again when all that runs it has started anew", async () => {
    // So written that the shell does not find itself.
    const programs = "grep -lE 'session[.]mjs' /proc/[0-9]*/cmdline | cut -d/ -f3";
    const started = () => inside("ada", "bash", "-c", programs);
    const before = await started();
    await inside("ada", "bash", "-c", `kill $(${programs})`);
    await vi.waitFor(async () => expect(["", before]).not.toContain(await started()), patience);
    await vi.waitFor(
      async () => expect(JSON.parse((await peer!.invoke("ReadAsset", "one")).payload)).toMatchObject({ owner: "ada" }),
      patience,
    );
  });
});

describe("the end of a session", () => {
  it("comes at its longest life, also by a gate that has come later; what was written stays", async () => {
    await inside("ada", "touch", `${studioHome}/mine`);
    project.edit(stackFile, "memory: 1536Mi", "memory: 1536Mi\n          idleEnd: 5s\n          longestLife: 15s");
    await dev.apply();
    await vi.waitFor(async () => expect(await ends("ada")).toEqual(["it has reached its longest life"]), patience);
    await vi.waitFor(async () => {
      expect(await browse(visited("ada"), "/", { headers: { cookie: cookies.ada } })).toMatchObject({ status: 401 });
    }, patience);
  });

  it("comes when no window is open", async () => {
    await open("ada");
    expect(await inside("ada", "ls", `${studioHome}/mine`)).toBe(`${studioHome}/mine\n`);
    await vi.waitFor(async () => expect((await ends("ada")).at(-1)).toBe("no window is open"), patience);
  });
});
