import { dump } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestProject } from "../../model/testing";
import { runCommandIn } from "../engine/testing/fixture";

let project: TestProject;
beforeAll(() => {
  project = new TestProject();
  project.environment("local");
  for (const name of ["dev", "trade"]) project.network(name);
  const hook = (name: string) => ({ name, webhook: { url: `https://example.com/${name}` } });
  const quietHours = [{ from: "22:00", to: "07:00", timeZone: "Asia/Shanghai" }];
  const monitoring = {
    receivers: ["operators", "traders", "pager"].map(hook),
    teams: [
      { name: "operations", receiver: "operators" },
      { name: "trading", networks: ["trade"], receiver: "traders", critical: "pager", quietHours },
    ],
  };
  const config = { "baas:platform": { environment: "local", monitoring } };
  project.write("stacks/Pulumi.platform-local.yaml", dump({ config }));
});
afterAll(() => project.remove());

const route = (...args: string[]) => runCommandIn(project.dir, "alerts", "route", ...args);

describe("alerts route", () => {
  it("says who would be told of an alert, and when not", async () => {
    expect((await route("trade", "CertificateExpiring")).stdout).toBe(
      "CertificateExpiring (warning) of trade: traders of team trading, but not from 22:00 to 07:00 Asia/Shanghai\n" +
        "CertificateExpiring (critical) of trade: pager, traders of team trading\n",
    );
    expect((await route("dev", "PeerDown")).stdout).toBe("PeerDown (warning) of dev: operators of team operations\n");
    expect((await route("platform-local", "Watchdog")).stdout).toBe("Watchdog of platform-local: nobody is told\n");
  });

  it("says that an alert of the platform is no network's, whose team is not told", async () => {
    expect((await route("trade", "KafkaDown")).stdout).toBe(
      "KafkaDown (critical) of platform-local: operators of team operations\n",
    );
    expect(JSON.parse((await route("trade", "ControllerDown", "--json")).stdout)).toEqual([
      { severity: "critical", team: "operations", receivers: ["operators"], quietHours: [] },
    ]);
  });

  it("says so of a platform whose monitoring is an operator's, which has no Prometheus to ask for the status", async () => {
    const receivers = [{ name: "operators", webhook: { url: "https://example.com/hook" } }];
    const monitoring = { operator: {}, receivers, teams: [{ name: "operations", receiver: "operators" }] };
    const config = { "baas:platform": { environment: "cloud", monitoringNamespace: "monitoring", monitoring } };
    project.environment("cloud", { context: "cloud" });
    project.write("stacks/Pulumi.platform-cloud.yaml", dump({ config }));
    expect(await route("platform-cloud", "ControllerDown")).toMatchObject({
      stdout: "ControllerDown (critical) of platform-cloud: operators of team operations\n",
      stderr: "",
    });
    const { code, stderr } = await runCommandIn(project.dir, "status", "platform-cloud");
    expect(stderr).toContain(
      "platform platform-cloud runs no Prometheus: its monitoring is the Prometheus operator's\n" +
        '  -> Look at the dashboard "Fleet" of your Grafana, which shows the same.',
    );
    expect(code).toBe(1);
  });

  it("guesses the alert that was meant", async () => {
    const { code, stderr } = await route("dev", "PeersDown");
    expect(stderr).toContain('there is no alert "PeersDown". Did you mean "PeerDown"?');
    expect(code).toBe(1);
  });
});
