/** The sidecar of a gateway, from the bundle in its image, beside a real HAProxy. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext, vi } from "vitest";

import { nodeFiles } from "../../model/contracts/enrolment";
import { filesDigest, loadedLine } from "../../model/contracts/loadedFiles";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import { FabricCaDouble } from "../../services/common/testing/fabricCaDouble";
import { freePort } from "../../services/common/testing/freePort";
import { type Life, TestCa } from "../../services/common/testing/testCa";
import { writeWhole } from "../../services/common/wholeFiles";
import { enrolNode } from "../../services/enrol/src/enrolNode";
import { mountedFiles } from "../../services/enrol/src/files";
import { KubeletMount } from "../../services/enrol/src/testing/kubeletMount";
import { HaproxyProcess } from "./haproxyProcess";
import { findHaproxy, type HaproxyProgram } from "./haproxyProgram";
import { SidecarProcess } from "./sidecarProcess";

const hosts = ["gateway", "localhost"];
const ageingLife: Life = { from: -300, until: 60 };

let program: HaproxyProgram | string;
let ca: FabricCaDouble;
let directory: string;
let configuration: KubeletMount;
let environment: Record<string, string>;
let port: number;
let echo: http2.Http2Server;
let haproxy: HaproxyProcess | undefined;
let gateway: SidecarProcess | undefined;

const at = (file: string) => join(directory, file);
const socket = () => at("run/master.sock");
const crypto = (file: string) => at(`crypto/${file}`);
const read = (file: string) => readFileSync(crypto(file), "utf8");
const wait = { timeout: 30_000, interval: 50 };

const reloaded = /^HAProxy: reloaded/;

function configure(text = "one", more = ""): Record<string, string> {
  return {
    "haproxy.cfg": `
global
  ssl-load-extra-del-ext
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend gateway
  bind 127.0.0.1:${port} ssl crt ${crypto(nodeFiles.tlsCertificate)} alpn h2,http/1.1
  http-request return status 200 content-type text/plain string ${text} if { path / }
  http-request return status 200 content-type text/plain lf-string %[path,map(${at("etc/routes.map")})] if { path,map(${at("etc/routes.map")}) -m found }
  default_backend echo
backend echo
  server echo 127.0.0.1:${(echo.address() as AddressInfo).port} proto h2
${more}
`,
    "routes.map": "/a routed-to-a\n",
  };
}

/** Opens a connection and returns the server's certificate and the answer to a request. */
function request(path = "/", root = ca.tlsca.pem, to = port): Promise<{ certificate: X509Certificate; body: string }> {
  return new Promise((resolve, reject) => {
    let answer = "";
    let certificate: X509Certificate;
    const connection = tls.connect({ host: "127.0.0.1", port: to, servername: "localhost", ca: root }, () => {
      certificate = connection.getPeerX509Certificate()!;
      connection.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    connection.setEncoding("utf8").on("data", (text: string) => (answer += text));
    connection.on("error", reject);
    connection.on("close", () => {
      if (!answer.startsWith("HTTP/1.1 200")) reject(new Error(`no answer, but "${answer}"`));
      else resolve({ certificate, body: answer.split("\r\n\r\n")[1]! });
    });
  });
}

const body = async (path?: string) => (await request(path)).body;

function showProc(): { reloads: number; text: string } {
  const script = `require("net").connect(process.argv[1], function () { this.write("show proc;quit\\n"); }).pipe(process.stdout)`;
  const text = execFileSync(process.execPath, ["-e", script, socket()], { encoding: "utf8" });
  return { text, reloads: Number(/master\s+(\d+)/.exec(text)?.[1]) };
}

/** Issues a certificate of a given validity for the enrolled key. */
async function age(life: Life): Promise<X509Certificate> {
  const key = parsePrivateKey(read(nodeFiles.tlsKey))!;
  const certificate = await ca.tlsca.issue(key, "gateway", hosts, life);
  writeWhole(crypto(nodeFiles.tlsCertificate), certificate, 0o644);
  return new X509Certificate(certificate);
}

/** Waits until clients get the presently enrolled certificate. */
async function servesEnrolled(): Promise<void> {
  const { serialNumber } = new X509Certificate(read(nodeFiles.tlsCertificate));
  await vi.waitFor(async () => expect((await request()).certificate.serialNumber).toBe(serialNumber), wait);
}

async function startHaproxy(ctx: TestContext): Promise<HaproxyProcess> {
  if (typeof program === "string") ctx.skip(program);
  haproxy = new HaproxyProcess(program as HaproxyProgram, at("etc/haproxy.cfg"), socket());
  await vi.waitFor(() => body(), wait).catch(() => Promise.reject(new Error(haproxy!.lines.join("\n"))));
  return haproxy;
}

/** A pod with a running HAProxy and its sidecar. */
async function startPod(ctx: TestContext): Promise<void> {
  await startHaproxy(ctx);
  gateway = new SidecarProcess(environment);
  await gateway.says(reloaded);
}

beforeAll(async () => {
  program = await findHaproxy();
  SidecarProcess.build();
  ca = await FabricCaDouble.start();
  ca.register("gateway", "secret");
  echo = http2.createServer().on("stream", (stream) => {
    stream.respond({ ":status": 200 });
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await ca.stop();
  echo.close();
});

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "gateway-"));
  for (const name of ["roots", "secret", "run"]) mkdirSync(at(name));
  writeFileSync(at("roots/tlsca.pem"), ca.tlsca.pem);
  writeFileSync(at("secret/enrolmentId"), "gateway");
  writeFileSync(at("secret/enrolmentSecret"), "secret");
  environment = {
    ENROL_CA_URL: ca.url,
    ENROL_HOSTS: hosts.join(","),
    ENROL_OUTPUT_DIR: at("crypto"),
    ENROL_ROOTS_DIR: at("roots"),
    ENROL_SECRET_DIR: at("secret"),
    ENROL_TIMEOUT_SECONDS: "30",
    GATEWAY_FILES: at("etc"),
    GATEWAY_MASTER_SOCKET: socket(),
    GATEWAY_POLL_SECONDS: "0.1",
    GATEWAY_RENEWAL_SECONDS: "1",
  };
  ca.mood = "well";
  ca.life = undefined;
  port = await freePort();
  await enrolNode(environment, { tlsOnly: true }, () => {});
  configuration = new KubeletMount(at("etc"));
  configuration.change(configure());
});

afterEach(async () => {
  await gateway?.stop();
  await haproxy?.stop();
  gateway = haproxy = undefined;
  rmSync(directory, { recursive: true, force: true });
});

describe("a gateway's certificate", () => {
  it("is replaced again and again while clients connect, and none of them fails", async (ctx) => {
    ca.life = ageingLife;
    await startPod(ctx);
    const { reloads } = showProc();
    const key = read(nodeFiles.tlsKey);
    const seen = new Set<string>();
    let connections = 0;
    let enough = false;
    const client = async () => {
      while (!enough) {
        seen.add((await request()).certificate.serialNumber);
        connections += 1;
        await sleep(2);
      }
    };
    const clients = Promise.all([client(), client(), client()]);
    await age(ageingLife);
    await Promise.race([vi.waitFor(() => expect(seen.size).toBeGreaterThan(4), wait), clients]);
    enough = true;
    await clients;
    expect(connections).toBeGreaterThan(100);
    expect(showProc().reloads).toBeGreaterThanOrEqual(reloads + 3);
    expect(haproxy!.isRunning).toBe(true);
    expect(read(nodeFiles.tlsKey)).toBe(key);
  });

  it("is renewed in the last third of its life, with the same key", async (ctx) => {
    await startPod(ctx);
    const key = read(nodeFiles.tlsKey);
    const ageing = await age(ageingLife);
    await gateway!.says(/TLS certificate of gateway: issued/);
    await servesEnrolled();
    const { certificate } = await request();
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.parse(ageing.validTo));
    expect(certificate.publicKey.equals(ageing.publicKey)).toBe(true);
    expect(read(nodeFiles.tlsKey)).toBe(key);
  });

  it("is kept while the CA is away or of no use, and renewed afterwards", async (ctx) => {
    environment.ENROL_TIMEOUT_SECONDS = "1";
    ca.mood = "503 with an empty body";
    await startPod(ctx);
    const ageing = await age(ageingLife);
    await gateway!.says(/kept for now, it expires at/);
    ca.mood = "another key";
    await gateway!.says(/The CA issued a TLS certificate that cannot be used: it belongs to another key/);
    expect(new X509Certificate(read(nodeFiles.tlsCertificate)).serialNumber).toBe(ageing.serialNumber);
    await servesEnrolled();
    ca.mood = "well";
    await gateway!.says(/TLS certificate of gateway: issued/);
    await servesEnrolled();
  });

  it("keeps nobody from changing the configuration while its renewal waits for the CA", async (ctx) => {
    await startPod(ctx);
    ca.mood = "503 with an empty body";
    await age(ageingLife);
    await gateway!.says(/waiting for a TLS certificate/);
    configuration.change(configure("two"));
    await vi.waitFor(async () => expect(await body()).toBe("two"), wait);
    expect(gateway!.lines.join("\n")).not.toContain("kept for now");
  });
});

describe("a changed file", () => {
  it("is loaded, whether changed, added or taken away", async (ctx) => {
    await startPod(ctx);
    expect(await body("/a")).toBe("routed-to-a");
    configuration.change({ "routes.map": "/a elsewhere\n" });
    await gateway!.says(reloaded);
    expect(await body("/a")).toBe("elsewhere");
    for (const content of ["anything", undefined]) {
      configuration.change({ "404.http": content });
      await gateway!.says(reloaded);
    }
    expect(haproxy!.isRunning).toBe(true);
  });

  it("that HAProxy cannot load is told, and the old ones are served until it is mended", async (ctx) => {
    environment.GATEWAY_RENEWAL_SECONDS = "3600";
    await startPod(ctx);
    configuration.change(configure("two", "  no-such-keyword"));
    await gateway!.says(
      /^HAProxy refuses its new files and goes on with the old ones.*Correct the gateway's configuration/,
    );
    expect(await body()).toBe("one");
    const { reloads } = showProc();
    configuration.change(configure("three"));
    await gateway!.says(reloaded);
    expect(await body()).toBe("three");
    expect(showProc().reloads).toBe(reloads + 1);
  });

  it("that HAProxy cannot load is tried again when the certificate is looked at, as the cause may be elsewhere", async (ctx) => {
    await startPod(ctx);
    configuration.change(configure("two", `  http-request deny if { path,map(${at("elsewhere")}) -m found }`));
    await gateway!.says(/^HAProxy refuses its new files/);
    await gateway!.says(/^HAProxy refuses its new files/);
    writeFileSync(at("elsewhere"), "/secret denied\n");
    await gateway!.says(reloaded);
    expect(await body()).toBe("two");
  });

  it("is loaded with the other file of its Secret", async (ctx) => {
    const own = await TestCa.make("a public CA");
    const secret = new KubeletMount(at("certificate"));
    const renew = async () => {
      const key = newPrivateKey();
      const certificate = await own.issue(parsePrivateKey(key)!, "gateway.example.com", ["localhost"]);
      secret.change({ "tls.crt": certificate, "tls.key": key });
      return new X509Certificate(certificate).serialNumber;
    };
    await renew();
    environment.GATEWAY_FILES += `,${secret.path}`;
    const second = await freePort();
    configuration.change(
      configure(
        "one",
        `frontend own\n  bind 127.0.0.1:${second} ssl crt ${secret.path}/tls.crt\n  default_backend echo`,
      ),
    );
    await startPod(ctx);
    const serial = await renew();
    await gateway!.says(reloaded);
    const shown = await new Promise<string>((resolve, reject) => {
      const connection = tls.connect({ host: "127.0.0.1", port: second, servername: "localhost", ca: own.pem }, () => {
        resolve(connection.getPeerX509Certificate()!.serialNumber);
        connection.destroy();
      });
      connection.on("error", reject);
    });
    expect(shown).toBe(serial);
  });

  it("does not end a stream that is open", async (ctx) => {
    await startPod(ctx);
    const client = http2.connect(`https://127.0.0.1:${port}`, { servername: "localhost", ca: ca.tlsca.pem });
    const stream = client.request({ ":method": "POST", ":path": "/echo" });
    const echoes = (text: string) =>
      new Promise<string>((resolve) => stream.setEncoding("utf8").once("data", resolve) && stream.write(text));
    expect(await echoes("before")).toBe("before");
    configuration.change(configure("two"));
    await gateway!.says(reloaded);
    expect(await body()).toBe("two");
    expect(showProc().text).toContain("# old workers");
    expect(await echoes("after")).toBe("after");
    client.destroy();
  });
});

describe("the sidecar", () => {
  it("waits for HAProxy when it is the first to start", async (ctx) => {
    if (typeof program === "string") ctx.skip(program);
    gateway = new SidecarProcess(environment);
    await gateway.says(/^waiting for HAProxy .*master socket .* does not answer \(ENOENT\)/);
    await startHaproxy(ctx);
    await gateway.says(/^HAProxy: there after/);
    await gateway.says(reloaded);
  });

  it("goes on when HAProxy was started again", async (ctx) => {
    await startPod(ctx);
    await haproxy!.stop();
    configuration.change(configure("two"));
    await gateway!.says(/^waiting for HAProxy .*does not answer \(ECONNREFUSED\)/);
    await startHaproxy(ctx);
    await gateway!.says(reloaded);
    expect(await body()).toBe("two");
  });

  it("knows what HAProxy has loaded when it is started again", async (ctx) => {
    await startPod(ctx);
    const { reloads } = showProc();
    await gateway!.stop("SIGKILL");
    gateway = new SidecarProcess(environment);
    await gateway.says(/TLS certificate of gateway: kept/);
    await gateway.says(/TLS certificate of gateway: kept/);
    expect(showProc().reloads).toBe(reloads);
    await gateway.stop("SIGKILL");
    configuration.change(configure("two"));
    gateway = new SidecarProcess(environment);
    await gateway.says(reloaded);
    expect(await body()).toBe("two");
    expect(showProc().reloads).toBe(reloads + 1);
  });

  it("tells which files HAProxy has loaded, and tells it again when it is started again", async (ctx) => {
    const loaded = () => new RegExp(`^${loadedLine(filesDigest(mountedFiles(at("etc"))))}$`);
    await startPod(ctx);
    await gateway!.says(loaded());
    configuration.change(configure("two"));
    await gateway!.says(loaded());
    const refused = configure("three", "  no-such-keyword");
    configuration.change(refused);
    await gateway!.says(/^HAProxy refuses its new files/);
    expect(gateway!.lines.filter((line) => loaded().test(line))).toEqual([]);
    configuration.change(configure("two"));
    await gateway!.says(reloaded);
    await gateway!.stop("SIGKILL");
    gateway = new SidecarProcess(environment);
    await gateway.says(loaded());
  });

  it("ends well at SIGTERM, whatever it waits for", async () => {
    ca.mood = "503 with an empty body";
    rmSync(crypto(nodeFiles.tlsCertificate));
    gateway = new SidecarProcess(environment);
    await gateway.says(/waiting for a TLS certificate/);
    expect(await gateway.stop()).toBe(0);
    expect(gateway.lines.at(-1)).toBe("stopped by SIGTERM");
  });

  it.each([
    ["GATEWAY_POLL_SECONDS", "0", 'GATEWAY_POLL_SECONDS is "0". Give seconds above zero, such as 2 or 0.5.'],
    ["GATEWAY_RENEWAL_SECONDS", "1h", 'GATEWAY_RENEWAL_SECONDS is "1h". Give seconds above zero, such as 2 or 0.5.'],
    [
      "GATEWAY_FILES",
      "/nowhere/at/all",
      "GATEWAY_FILES has /nowhere/at/all, which is not there. Mount what HAProxy reads in this container, too, readable for its user.",
    ],
  ])("refuses %s=%s", async (name, value, message) => {
    environment[name] = value;
    gateway = new SidecarProcess(environment);
    expect(await gateway.exited).toBe(2);
    expect(gateway.lines).toEqual([`baas-enrol: ${message}`]);
  });
});
