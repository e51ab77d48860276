import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jsonLog } from "../../../common/log";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { Manager } from "../manager";
import { Metrics } from "../metrics";
import { collections } from "../resources";
import { clientOf } from "../testing/apiClient";
import { rollsByItself } from "./updateStrategies";

const sets = collections.statefulSets("dev");

let kubernetes: KubernetesDouble;
let stop: () => Promise<void>;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  const stopping = new AbortController();
  const log = jsonLog("error", () => undefined);
  const done = new Manager({ api: clientOf(kubernetes), metrics: new Metrics(), log }).run(stopping.signal);
  stop = async () => {
    stopping.abort();
    await done;
  };
});

afterEach(async () => {
  await stop();
  await kubernetes.stop();
});

function declare(name: string, updateStrategy: object, role = "peer"): void {
  const labels = { "baas.io/network": "dev", "app.kubernetes.io/component": role };
  const metadata = { name, namespace: "dev", labels };
  kubernetes.apply(sets, { metadata, spec: { replicas: 1, updateStrategy } });
}

const strategyOf = (name: string) => kubernetes.objects.get(`${sets}/${name}`)!.spec;
const patches = () => kubernetes.calls.filter((call) => call.startsWith(`PATCH ${sets}`));

it("a StatefulSet of an earlier release stops restarting its pods by itself, and keeps all the rest", async () => {
  let refusals = 1;
  kubernetes.intercept = (method) => (method === "PATCH" && refusals-- > 0 ? 500 : undefined);
  declare("peer1-org1", { type: "OnDelete" });
  declare("api", { type: "RollingUpdate" }, "api");
  declare("peer0-org1", { type: "RollingUpdate", rollingUpdate: { partition: 0 } });
  await vi.waitFor(() =>
    expect(strategyOf("peer0-org1")).toEqual({ replicas: 1, updateStrategy: { type: "OnDelete" } }),
  );
  expect(patches()).toEqual([`PATCH ${sets}/peer0-org1`, `PATCH ${sets}/peer0-org1`]);
});

it("leaves the API server to Kubernetes", () => {
  const set = (role: string) => ({
    metadata: { name: role, namespace: "dev", labels: { "app.kubernetes.io/component": role } },
    spec: { updateStrategy: { type: "RollingUpdate" } },
  });
  expect([rollsByItself(set("api")), rollsByItself(set("peer"))]).toEqual([false, true]);
});
