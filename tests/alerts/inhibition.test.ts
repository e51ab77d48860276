/** What follows from something else is held back: a real Alertmanager gets alerts, and says which of them it would tell. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dump } from "js-yaml";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { alertmanagerRouting } from "../../model/platform/alertRouting";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { findMonitoring, startAlertmanager, type TestProcess } from "./monitoringPrograms";

const url = "http://127.0.0.1:39197/api/v2";

let unavailable: string | undefined;
let folder: string;
let alertmanager: TestProcess | undefined;
beforeAll(async () => {
  const packages = process.getuid?.() === 0 ? await findMonitoring() : "Alertmanager's templates are mounted as root";
  folder = mkdtempSync(join(tmpdir(), "baas-inhibition-"));
  if (typeof packages === "string") {
    unavailable = packages;
    return;
  }
  const file = join(folder, "alertmanager.yml");
  writeFileSync(file, dump(alertmanagerRouting(monitoringSchema.parse({}))));
  const { host } = new URL(url);
  alertmanager = startAlertmanager(packages, [
    ...[`--config.file=${file}`, `--storage.path=${join(folder, "data")}`],
    ...[`--web.listen-address=${host}`, "--cluster.listen-address="],
  ]);
  await vi.waitFor(async () => expect((await fetch(`${url}/status`)).status).toBe(200), { timeout: 50_000 });
});
afterAll(async () => {
  await alertmanager?.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** An alert in short: `SubmitBudgetBurning critical node=peer0`. */
function labelsOf(alert: string, network: string): Record<string, string> {
  const [alertname, severity, ...more] = alert.split(" ");
  return {
    alertname: alertname!,
    severity: severity!,
    network,
    ...Object.fromEntries(more.map((each) => each.split("="))),
  };
}

const cases: [what: string, alerts: string[], told: string[]][] = [
  ["a network that comes up", ["NetworkNew info", "PeerDown warning node=peer0", "NetworkDown critical"], []],
  [
    "a network that is down",
    ["NetworkDown critical", "PeerDown warning node=peer0", "CertificateExpiring warning node=peer0"],
    ["NetworkDown critical"],
  ],
  [
    "orderers that are down",
    [
      "OrderingDown critical",
      "OrdererDown warning node=orderer0",
      "SubmitFailing warning needs=ordering",
      "PeerDown warning node=peer0",
    ],
    ["OrderingDown critical", "PeerDown warning node=peer0"],
  ],
  [
    "all peers of one organization that are down",
    [
      "OrganizationPeersDown critical organization=org1",
      "PeerDown warning organization=org1",
      "PeerDown warning organization=org2",
    ],
    ["OrganizationPeersDown critical organization=org1", "PeerDown warning organization=org2"],
  ],
  [
    "calls that fail, and are late for it",
    [
      "SubmitBudgetBurning critical",
      "SubmitFailing warning",
      "CommitBudgetBurning critical",
      "CommitBudgetBurning warning",
    ],
    ["SubmitBudgetBurning critical"],
  ],
  [
    "calls of which few fail, and more are late",
    ["SubmitBudgetBurning warning", "CommitBudgetBurning critical"],
    ["SubmitBudgetBurning warning", "CommitBudgetBurning critical"],
  ],
  [
    "a gateway that is down",
    ["GatewayDown critical", "GatewayPodDown warning node=gateway-0"],
    ["GatewayDown critical"],
  ],
  [
    "JSON-RPC that nobody answers",
    ["JsonRpcDown critical", "JsonRpcFailing warning", "RpcNodeNotServing warning node=rpc0"],
    ["JsonRpcDown critical"],
  ],
  [
    "the same alert, more urgent",
    ["PeerBehind critical node=peer0", "PeerBehind warning node=peer0", "PeerBehind warning node=peer1"],
    ["PeerBehind critical node=peer0", "PeerBehind warning node=peer1"],
  ],
];

it.for(cases)("of %s its cause alone is told", async ([what, alerts, told], { skip }) => {
  if (unavailable !== undefined) return skip(unavailable);
  const network = what.replaceAll(/\W+/g, "-");
  const all = [...alerts, "Watchdog none"].map((alert) => ({ labels: labelsOf(alert, network) }));
  const headers = { "content-type": "application/json" };
  const posted = await fetch(`${url}/alerts`, { method: "POST", headers, body: JSON.stringify(all) });
  expect(posted.status).toBe(200);
  await vi.waitFor(async () => {
    const held = `${url}/alerts?inhibited=false&filter=${encodeURIComponent(`network="${network}"`)}`;
    const shown = (await (await fetch(held)).json()) as { labels: Record<string, string> }[];
    const sorted = (some: Record<string, string>[]) =>
      some.map((each) => JSON.stringify(each, Object.keys(each).sort())).sort();
    expect(sorted(shown.map(({ labels }) => labels))).toEqual(
      sorted([...told, "Watchdog none"].map((alert) => labelsOf(alert, network))),
    );
  });
});
