import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jsonLog } from "../../../common/log";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { identities, pods } from "../kinds";
import { Objects } from "../objects";
import { collections } from "../resources";
import { clientOf } from "../testing/apiClient";
import type { Renewal } from "./renewals";
import { ServerRenewals } from "./serverRenewals";

const dev = "dev";
const name = "asset-1-0-org1";
const key = `${dev}/${name}`;
const since = Date.UTC(2030, 0, 1);
const deployment = `${collections.deployments(dev)}/${name}`;
let kubernetes: KubernetesDouble;
let renewal: Renewal;
let asked: number;
let worker: ServerRenewals;
let stopping: AbortController;

const until = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 20 });
const template = () => kubernetes.objects.get(deployment)!.spec.template;
const patches = () => kubernetes.calls.filter((call) => call === `PATCH ${deployment}`).length;
const events = () => [...kubernetes.objects.values()].filter(({ kind }) => kind === "Event");
const labels = (role: string) => ({
  "baas.io/network": "dev",
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/component": role,
});

async function start(role = "chaincode"): Promise<void> {
  kubernetes.apply(collections.pods(dev), { metadata: { name: `${name}-x`, namespace: dev, labels: labels(role) } });
  const api = clientOf(kubernetes);
  const log = jsonLog("error", () => {});
  const objects = new Objects([identities, pods], { api, log });
  void objects.run(stopping.signal);
  await objects.synced;
  const renewals = {
    of: async () => {
      asked++;
      return renewal;
    },
  };
  worker = new ServerRenewals({ api, objects, renewals, now: () => since, log });
  worker.queue.start();
  worker.wake(key);
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  stopping = new AbortController();
  asked = 0;
  kubernetes.apply(collections.identities(dev), {
    metadata: { name, namespace: dev },
    spec: { certificateAuthority: "ca-org1", enrolmentId: name, type: "client" },
  });
  kubernetes.apply(collections.deployments(dev), {
    metadata: { name, namespace: dev },
    spec: { replicas: 1, template: { metadata: { annotations: { "example.com/own": "stays" } } } },
  });
  const restart = { reason: "CertificateDue", message: "its TLS certificate ends", since, expired: false };
  renewal = { restart, lookAt: since + 30_000 };
});

afterEach(async () => {
  await worker.queue.stop();
  stopping.abort();
  await kubernetes.stop();
});

it("a chaincode server that is due is replaced by its Deployment, and the same again changes and announces nothing", async () => {
  await start();
  await until(() =>
    expect(template().metadata.annotations).toEqual({
      "example.com/own": "stays",
      "baas.io/renewed": "2030-01-01T00:00:00.000Z",
    }),
  );
  const before = JSON.stringify(template());
  worker.wake(key);
  await until(() => expect(patches()).toBe(2));
  expect(JSON.stringify(template())).toBe(before);
  await until(() => expect(events()).toHaveLength(1));
});

it("one that got no new certificate is replaced again, with a warning", async () => {
  await start();
  await until(() => expect(patches()).toBe(1));
  renewal = { restart: { ...renewal.restart!, reason: "RenewalFailed", since: since + 600_000 }, lookAt: since };
  worker.wake(key);
  await until(() => expect(template().metadata.annotations["baas.io/renewed"]).toBe("2030-01-01T00:10:00.000Z"));
  await until(() => expect(events().map(({ type, reason }) => `${type} ${reason}`)).toContain("Warning RenewalFailed"));
});

it("one that is not due is left alone, and a node that is no chaincode server is not asked for", async () => {
  renewal = { lookAt: since + 30_000 };
  await start();
  await until(() => expect(asked).toBe(1));
  expect(patches()).toBe(0);
  kubernetes.apply(collections.pods(dev), { metadata: { name: `${name}-x`, namespace: dev, labels: labels("peer") } });
  await new Promise((resolve) => setTimeout(resolve, 200));
  worker.wake(key);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(asked).toBe(1);
});
