/** The configuration of a platform's gateway on a real HAProxy, with a double of Grafana behind it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it, vi } from "vitest";

import { passThroughConfiguration } from "../../components/gateway/passThroughConfiguration";
import { toGrafana } from "../../components/gateway/platformGateway";
import { passThroughHealthPort, ports } from "../../model/contracts/ports";
import { planMonitoring } from "../../model/platform/planMonitoring";
import { platformGatewaySchema } from "../../model/stackFile/gatewaySchema";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { freePort } from "../../services/common/testing/freePort";
import { TestCa } from "../../services/common/testing/testCa";
import { ask, whoAnswers } from "./clients";
import { findHaproxy } from "./haproxyProgram";
import { TlsNodeDouble } from "./tlsNodeDouble";

const host = "monitoring.example.com";
const gateway = platformGatewaySchema.parse({ port: 30443, host });
const { grafana } = planMonitoring(monitoringSchema.parse({ grafana: {} }), "platform", "cluster.local", gateway);

it("people reach Grafana by its name, with Grafana's own certificate, and nothing by any other name", async ({
  skip,
}) => {
  const haproxy = await findHaproxy();
  if (typeof haproxy === "string") return skip(haproxy);
  const folder = mkdtempSync(join(tmpdir(), "baas-platform-gateway-"));
  const ca = await TestCa.make("kafka");
  const node = await TlsNodeDouble.start(ca, grafana!.node);
  const edge = { host: "127.0.0.1", port: await freePort() };
  const health = await freePort();
  const surroundings = { namespace: "platform", ipFamilies: undefined };
  const exposure = { proxyProtocol: false };
  const target = toGrafana(grafana!.node);
  const args = { ...gateway, exposure, surroundings, clusterDomain: "cluster.local", target };
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    passThroughConfiguration(args)
      ["haproxy.cfg"]!.replace(`bind :${ports.gateway}`, `bind 127.0.0.1:${edge.port}`)
      .replace(`bind :${passThroughHealthPort}`, `bind 127.0.0.1:${health}`)
      .replace(/(server grafana) \S+ /, `$1 127.0.0.1:${node.port} `),
  );
  const child = spawn(haproxy.path, ["-W", "-db", "-f", file], { env: { ...process.env, ...haproxy.env } });
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (log += text));
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  try {
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${health}/`)).status).toBe(200), {
      timeout: 30_000,
      interval: 100,
    });
    const page = await ask(edge, { path: "/login", servername: host, ca: ca.pem, headers: { host } });
    expect([page.status, page.body]).toEqual([200, "/login"]);
    expect(await whoAnswers(edge, host.toUpperCase())).toBe(grafana!.node.fqdn);
    for (const other of ["example.com", "grafana.platform.svc", `x.${host}`]) {
      expect([other, await whoAnswers(edge, other)]).toEqual([other, "refused"]);
    }
    const metrics = await fetch(`http://127.0.0.1:${health}/metrics`);
    expect(metrics.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(await metrics.text()).toContain('haproxy_backend_active_servers{proxy="grafana"}');
    expect(complaints).not.toMatch(/alert|error/i);
    await vi.waitFor(() => expect(log).toContain(`"name":"${host}","backend":"grafana"`));
    for (const line of log.trim().split("\n")) JSON.parse(line);
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    await node.stop();
    rmSync(folder, { recursive: true });
  }
});
