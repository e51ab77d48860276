import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { jsonLog } from "../../../common/log";
import { FabricCaDouble } from "../../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { Manager } from "../manager";
import { Metrics } from "../metrics";
import { collections } from "../resources";
import { clientOf } from "../testing/apiClient";

const dev = "dev";
const name = "asset-1-0-org1";
const labels = {
  "baas.io/network": "dev",
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/component": "chaincode",
};
/** In seconds. */
const life = 12;
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let pods: number;
let stop: () => Promise<void>;

const deployment = () => kubernetes.objects.get(`${collections.deployments(dev)}/${name}`)!;
const renewedAt = (): string | undefined => deployment().spec.template.metadata?.annotations?.["baas.io/renewed"];
const pod = (n: number) => `${collections.pods(dev)}/${name}-${n}`;

function start(): void {
  const stopping = new AbortController();
  const log = jsonLog("error", () => {});
  const running = new Manager({ api: clientOf(kubernetes), metrics: new Metrics(), log }).run(stopping.signal);
  stop = async () => {
    stopping.abort();
    await running;
  };
}

/** What the Deployment does: a new pod, which enrols, before the old one goes. */
async function replacePod(): Promise<void> {
  const now = new Date().toISOString();
  const days = life / (24 * 60 * 60);
  const key = parsePrivateKey(newPrivateKey())!;
  server.issued.tlsca.push(await server.tlsca.issue(key, name, [], { from: 0, until: days }));
  const before = pods++;
  const metadata = { name: `${name}-${pods}`, namespace: dev, labels, creationTimestamp: now };
  kubernetes.apply(collections.pods(dev), { metadata });
  kubernetes.setStatus(pod(pods), { conditions: [{ type: "Initialized", status: "True", lastTransitionTime: now }] });
  kubernetes.remove(pod(before));
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  server = await FabricCaDouble.start();
  pods = 0;
  server.bootstrap("p");
  kubernetes.apply(collections.secrets(dev), {
    metadata: { name: "ca-org1-registrar", namespace: dev },
    stringData: { username: "registrar", password: "p" },
  });
  kubernetes.apply(collections.configMaps(dev), {
    metadata: { name: "ca-org1-roots", namespace: dev, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
    data: { "ca.pem": server.ca.pem, "tlsca.pem": server.tlsca.pem },
  });
  kubernetes.apply(collections.certificateAuthorities(dev), {
    metadata: { name: "ca-org1", namespace: dev, labels: { "baas.io/network": "dev" } },
    spec: { organization: "org1", mspId: "Org1MSP", domain: "org1.example.com", url: server.url },
  });
  kubernetes.apply(collections.identities(dev), {
    metadata: { name, namespace: dev, labels: { "baas.io/network": "dev" } },
    spec: { certificateAuthority: "ca-org1", enrolmentId: name, type: "client" },
  });
  kubernetes.apply(collections.deployments(dev), { metadata: { name, namespace: dev }, spec: { template: {} } });
});

afterEach(async () => {
  await stop();
  await server.stop();
  await kubernetes.stop();
});

it("a chaincode server is renewed before each of three certificates of seconds ends, also by a controller that starts in between", async () => {
  await replacePod();
  start();
  for (let n = 0; n < 3; n++) {
    const [before, issued] = [renewedAt(), Date.now()];
    if (n === 1) {
      await stop();
      start();
    }
    await vi.waitFor(() => expect(renewedAt()).not.toBe(before), { timeout: life * 1000, interval: 50 });
    expect(Date.now() - issued).toBeGreaterThan((life * 1000) / 2);
    expect(Date.now() - issued).toBeLessThan(life * 1000 * 0.9);
    await replacePod();
  }
}, 60_000);
