import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { jsonLog } from "../../common/log";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { Reflector } from "./reflector";
import { collections, type Identity, keyOf } from "./resources";
import { clientOf } from "./testing/apiClient";

const collection = collections.identities("dev");
const object = (name: string, enrolmentId = name) => ({ metadata: { name, namespace: "dev" }, spec: { enrolmentId } });

let kubernetes: KubernetesDouble;
let stopping: AbortController;
let changed: string[];
let lines: string[];
let reflector: Reflector<Identity>;
let running: Promise<void>;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  stopping = new AbortController();
  changed = [];
  lines = [];
  reflector = new Reflector<Identity>({
    api: clientOf(kubernetes),
    path: collections.identities(),
    log: jsonLog("error", (line) => lines.push(line)),
    onChange: ({ object: identity }) => {
      if (identity.metadata.name === "poison") throw new Error("cannot be dealt with");
      changed.push(keyOf(identity));
    },
  });
  kubernetes.apply(collection, object("a"));
  running = reflector.run(stopping.signal);
  await reflector.synced;
});

afterEach(async () => {
  stopping.abort();
  await running;
  await kubernetes.stop();
});

const names = () =>
  reflector
    .list()
    .map(({ metadata }) => metadata.name)
    .sort();
const eventually = (names_: string[]) =>
  vi.waitFor(() => expect(names()).toEqual(names_), { timeout: 5000, interval: 20 });

describe("a copy of a collection", () => {
  it("has what was there, and follows what comes, changes and goes", async () => {
    expect(names()).toEqual(["a"]);
    kubernetes.apply(collection, object("b"));
    await eventually(["a", "b"]);
    kubernetes.apply(collection, object("b", "other"));
    await vi.waitFor(() => expect(reflector.get("dev/b")!.spec.enrolmentId).toBe("other"));
    kubernetes.remove(`${collection}/a`);
    await eventually(["b"]);
    expect(changed).toEqual(["dev/a", "dev/b", "dev/b", "dev/a"]);
  });

  it("survives a broken connection, and learns what happened meanwhile", async () => {
    kubernetes.intercept = (method) => (method === "GET" ? 500 : undefined);
    kubernetes.breakWatches();
    kubernetes.apply(collection, object("b"));
    kubernetes.remove(`${collection}/a`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    kubernetes.intercept = () => undefined;
    await eventually(["b"]);
    expect(changed).toContain("dev/a");
  });

  it("lists again when its version is too old", async () => {
    kubernetes.compact();
    kubernetes.breakWatches();
    kubernetes.apply(collection, object("b"));
    await eventually(["a", "b"]);
  });

  it("tells of all others when one cannot be dealt with", async () => {
    kubernetes.apply(collection, object("poison"));
    kubernetes.apply(collection, object("z"));
    await eventually(["a", "poison", "z"]);
    expect(changed).toContain("dev/z");
    expect(lines.join()).toContain("cannot deal with a change");
  });
});
