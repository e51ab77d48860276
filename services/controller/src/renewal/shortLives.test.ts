import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import type { FabricCaDouble } from "../../../common/testing/fabricCaDouble";
import type { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { collections } from "../resources";
import { OrganizationDouble } from "../testing/organizationDouble";

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
let organization: OrganizationDouble;

const deployment = () => kubernetes.objects.get(`${collections.deployments(dev)}/${name}`)!;
const renewedAt = (): string | undefined => deployment().spec.template.metadata?.annotations?.["baas.io/renewed"];
const pod = (n: number) => `${collections.pods(dev)}/${name}-${n}`;

/** What the Deployment does: a new pod, which enrols, before the old one goes. */
async function replacePod(): Promise<void> {
  const days = life / (24 * 60 * 60);
  const key = parsePrivateKey(newPrivateKey())!;
  server.issued.tlsca.push(await server.tlsca.issue(key, name, [], { from: 0, until: days }));
  const now = new Date().toISOString();
  const before = pods++;
  const metadata = { name: `${name}-${pods}`, namespace: dev, labels, creationTimestamp: now };
  kubernetes.apply(collections.pods(dev), { metadata });
  kubernetes.setStatus(pod(pods), { conditions: [{ type: "Initialized", status: "True", lastTransitionTime: now }] });
  kubernetes.remove(pod(before));
}

beforeEach(async () => {
  organization = await OrganizationDouble.start("p");
  ({ kubernetes, server } = organization);
  pods = 0;
  organization.declareAuthority();
  organization.declareIdentity(name, name);
  kubernetes.apply(collections.deployments(dev), { metadata: { name, namespace: dev }, spec: { template: {} } });
});

afterEach(() => organization.stop());

it("a chaincode server is renewed before each of three certificates of seconds ends, also by a controller that starts in between", async () => {
  await replacePod();
  organization.startController();
  for (let n = 0; n < 3; n++) {
    const [before, issued] = [renewedAt(), Date.now()];
    if (n === 1) {
      await organization.stopController();
      organization.startController();
    }
    await vi.waitFor(() => expect(renewedAt()).not.toBe(before), { timeout: life * 1000, interval: 50 });
    expect(Date.now() - issued).toBeGreaterThan((life * 1000) / 2);
    expect(Date.now() - issued).toBeLessThan(life * 1000 * 0.9);
    await replacePod();
  }
}, 60_000);
