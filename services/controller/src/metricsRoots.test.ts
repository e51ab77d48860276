import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jsonLog } from "../../common/log";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { TestCa } from "../../common/testing/testCa";
import { Manager } from "./manager";
import { Metrics } from "./metrics";
import { collections } from "./resources";
import { clientOf } from "./testing/apiClient";

const platform = "baas-platform";
const trust = `${collections.configMaps(platform)}/prometheus-trust`;

let kubernetes: KubernetesDouble;
let stopping: AbortController;
let running: Promise<unknown>;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  stopping = new AbortController();
  const log = jsonLog("error", () => {});
  const options = { api: clientOf(kubernetes), metrics: new Metrics(), log, platformNamespace: platform };
  running = new Manager(options).run(stopping.signal);
});

afterEach(async () => {
  stopping.abort();
  await running;
  await kubernetes.stop();
});

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const trusted = (): string | undefined => kubernetes.objects.get(trust)?.data?.["roots.pem"];

/** A CA, and what it has published. */
function declare(namespace: string, name: string, roots: Record<string, string>, scope?: "platform"): void {
  kubernetes.apply(collections.certificateAuthorities(namespace), {
    metadata: { name, namespace },
    spec: {
      organization: name,
      domain: "example.com",
      url: `https://${name}.${namespace}.svc:7054`,
      ...(scope && { scope }),
    },
  });
  kubernetes.apply(collections.configMaps(namespace), {
    metadata: { name: `${name}-roots`, namespace, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
    data: roots,
  });
}

it("gives Prometheus the roots of all networks, and follows those that come and go", async () => {
  const [operations, org1, org2] = await Promise.all(["operations", "org1", "org2"].map((name) => TestCa.make(name)));
  const sorted = (...cas: TestCa[]): string =>
    cas
      .map(({ pem }) => pem)
      .sort()
      .join("");
  declare(platform, "platform-ca", { "operations.pem": operations!.pem, "kafka.pem": org2!.pem }, "platform");
  declare("dev", "ca-org1", { "tlsca.pem": org1!.pem });
  await until(() => expect(trusted()).toBe(sorted(operations!, org1!)));
  declare("trade", "ca-org2", { "tlsca.pem": org2!.pem });
  await until(() => expect(trusted()).toBe(sorted(operations!, org1!, org2!)));
  // What is no root is trusted by nobody, and spoils nothing.
  declare("bad", "ca-org3", { "tlsca.pem": "-----BEGIN CERTIFICATE-----\nnone\n" });
  kubernetes.remove(`${collections.certificateAuthorities("dev")}/ca-org1`);
  await until(() => expect(trusted()).toBe(sorted(operations!, org2!)));
});
