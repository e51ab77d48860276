import { beforeEach, describe, expect, it } from "vitest";

import { newKeysRequestedAnnotation } from "../../../../model/contracts/annotations";
import { type KeyReport, newKeysKeys } from "../../../../model/contracts/enrolment";
import type { CallOptions, KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { certificateAuthorities, type Kind } from "../kinds";
import type { SeenObjects } from "../objects";
import type { KubernetesObject } from "../resources";
import { testNode } from "../rollouts/testing/nodesDouble";
import { NewKeys } from "./newKeys";

const asked = "2030-01-01T00:00:00.000Z";
const [second, minute] = [1000, 60_000];

let now: number;
let annotation: string;
let data: Record<string, string | null>;
/** When the pod has enrolled, and what it says. */
let enrolledAt: number;
let keys: KeyReport | undefined;
let newKeys: NewKeys;

const decoded = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
const objects: SeenObjects = {
  list: () => [],
  get: <T extends KubernetesObject>(kind: Kind<T>, key: string) => {
    const [namespace, name] = key.split("/");
    const annotations = { [newKeysRequestedAnnotation]: annotation };
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    const isAuthority = (kind as unknown) === certificateAuthorities;
    const spec = isAuthority ? {} : { certificateAuthority: "ca-org1", enrolmentId: "peer0", type: "peer" };
    return { metadata: { namespace, name, annotations }, spec, status } as unknown as T;
  },
};
const api = {
  call: async (method: string, _path: string, { body }: CallOptions = {}) => {
    if (method === "PATCH") data = { ...data, ...(body as { data: Record<string, string> }).data };
    return { metadata: { namespace: "dev", name: "peer0-org1-enrolment" }, data };
  },
} as unknown as KubernetesApi;

const judge = () => {
  const pod = { name: "p", uid: "u", resourceVersion: "1", isReady: true, isEnding: false };
  const node = { ...testNode("peer0-org1"), template: "1", namespace: "dev", isDeclared: true };
  return newKeys.of({ ...node, pod: { ...pod, enrolledAt, ...(keys && { keys }) } });
};

/** Restarts the node if that is asked for; returns whether it is. The new pod says this of its keys. */
async function restarted(says: KeyReport | undefined): Promise<boolean> {
  const { restart } = await judge();
  if (restart === undefined) return false;
  expect(await restart.before?.()).toBeUndefined();
  now += 5 * second;
  enrolledAt = now;
  keys = says;
  return true;
}

/** How often a node restarts within an hour that is looked at each 10 seconds. */
async function restartsWithinHour(says: KeyReport | undefined): Promise<number> {
  let count = 0;
  for (const end = now + 60 * minute; now < end; now += 10 * second) if (await restarted(says)) count++;
  return count;
}

beforeEach(() => {
  now = Date.parse(asked) + 10 * second;
  annotation = asked;
  data = {};
  enrolledAt = now - 24 * 60 * minute;
  keys = { tls: "old" };
  const consenters = { replace: async () => undefined, isTold: async () => false };
  newKeys = new NewKeys({ api, objects, consenters, now: () => now });
});

describe("a request for new keys", () => {
  it.each([
    ["white space around it", ` ${asked}\n`],
    ["no milliseconds", "2030-01-01T00:00:00Z"],
    ["another time zone", "2030-01-01T01:00:00+01:00"],
    ["a comment", "1 Jan 2030 00:00 UTC (after the theft)"],
    ["more text than a pod can say", `1 Jan 2030 00:00 UTC (${"x".repeat(5000)})`],
  ])("is one request although it is written with %s", async (_, text) => {
    annotation = text;
    expect(await restarted({ tls: "new", answered: asked })).toBe(true);
    expect(decoded(newKeysKeys.requested)).toBe(asked);
    expect(await restartsWithinHour(keys)).toBe(0);
    expect(decoded(newKeysKeys.answered)).toBe(asked);
  });

  it.each(["soon", "2030-13-01", ""])("that is no time is ignored, and that is said: %j", async (text) => {
    annotation = text;
    expect(await judge()).toEqual({ remark: expect.stringContaining("new-keys-requested is no time") });
  });

  it("that lies in the future waits for its time, and that is said", async () => {
    annotation = new Date(now + 10 * minute).toISOString();
    expect(await judge()).toEqual({ remark: expect.stringContaining("lies in the future") });
    now += 10 * minute;
    expect((await judge()).restart).toBeDefined();
  });

  it("from a clock that is ahead is tried again after a minute at least, and ever more seldom", async () => {
    annotation = new Date(now + 4 * minute).toISOString();
    expect(await restarted(keys)).toBe(true);
    now += 50 * second;
    expect((await judge()).restart).toBeUndefined();
    expect(await restartsWithinHour(keys)).toBeLessThan(12);
    expect((await judge()).remark).toContain("has not made new keys");
  });

  it("restarts a node once that does not know how, and again only if somebody asks again", async () => {
    keys = undefined;
    expect(await restartsWithinHour(undefined)).toBe(1);
    expect(await judge()).toEqual({ remark: expect.stringContaining("apply the network, then ask again") });
    annotation = new Date(now).toISOString();
    expect((await judge()).restart).toBeDefined();
  });
});
