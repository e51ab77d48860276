import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { recordFile } from "../../../model/files/record";
import { ApiError } from "../cluster/api";
import { Discovery } from "../cluster/discovery";
import { writeRecord } from "../record/writeRecord";
import { destroy, destroyFrom, type DestroyOptions } from "./destroy";

const types = [
  ["v1", "Namespace", "namespaces", false],
  ["v1", "Secret", "secrets", true],
  ["v1", "ConfigMap", "configmaps", true],
  ["v1", "PersistentVolumeClaim", "persistentvolumeclaims", true],
  ["v1", "PersistentVolume", "persistentvolumes", false],
  ["coordination.k8s.io/v1", "Lease", "leases", true],
  ["baas.io/v1alpha1", "KafkaTenant", "kafkatenants", true],
].map(([apiVersion, kind, plural, namespaced]) => ({
  ...{ apiVersion, kind, plural, namespaced },
  verbs: ["list", "delete"],
  preferred: true,
}));

/** An API server that lists what it is given and notes what is asked of it. */
class ApiDouble {
  readonly changes: string[] = [];
  readonly objects: any[] = [];
  /** Status with which the lists of a kind fail in a namespace. */
  readonly refused: Record<string, number> = {};

  withoutSignal() {
    return this;
  }

  async list({ kind }: any, { namespace, labelSelector }: any = {}) {
    const status = this.refused[kind];
    if (status !== undefined && namespace !== undefined) throw new ApiError(status, "not now");
    const wanted = (labelSelector?.split(",") ?? []).map((each: string) => each.split("="));
    const items = this.objects.filter(
      (one) =>
        one.kind === kind &&
        (namespace === undefined || one.metadata.namespace === namespace) &&
        wanted.every(([key, value]: string[]) => one.metadata.labels?.[key!] === value),
    );
    return { resourceVersion: "1", items };
  }

  async get({ kind }: any, namespace: string | undefined, name: string) {
    return this.objects.find(
      ({ kind: k, metadata }) => k === kind && metadata.name === name && metadata.namespace === namespace,
    );
  }

  async create(_type: any, object: any) {
    return object;
  }

  async replace(_type: any, object: any) {
    return object;
  }

  /** What the controller says once a purge of data outside the cluster was asked for. */
  answer = { type: "Ready", reason: "Purged", message: "" };

  async patch({ kind }: any, _namespace: any, name: string, { metadata }: any) {
    this.changes.push(`patch ${name}`);
    const found = this.objects.find((one) => one.kind === kind && one.metadata.name === name);
    if (metadata === undefined) found.spec.persistentVolumeReclaimPolicy = "Delete";
    else if (metadata.annotations["baas.io/purge-requested"]) found.status = { conditions: [this.answer] };
  }

  /** Deletes a Namespace with all that is in it, and the volumes that go with their claims. */
  async delete({ kind }: any, { name }: any) {
    if (kind !== "Lease") this.changes.push(`delete ${kind} ${name}`);
    const goes = (one: any) =>
      (one.kind === kind && one.metadata.name === name) ||
      (kind === "Namespace" && one.metadata.namespace === name) ||
      (kind === "Namespace" && one.spec?.persistentVolumeReclaimPolicy === "Delete");
    for (const one of this.objects.filter(goes)) this.objects.splice(this.objects.indexOf(one), 1);
    return true;
  }

  /** Reports nothing: whoever waits has to look again. */
  async watch(_type: any, _options: any, _onEvent: any, signal: AbortSignal) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

const network = { "baas.io/network": "dev", "app.kubernetes.io/part-of": "baas" };
const ownedBy = (project: string) => ({
  labels: {
    ...network,
    ...{ "app.kubernetes.io/managed-by": "baas-apply", "baas.io/project": project, "baas.io/stack": "dev" },
  },
  managedFields: [{ manager: "baas-apply", operation: "Apply" }],
});
const object = (kind: string, name: string, metadata: object = {}, rest: object = {}) => ({
  ...{ apiVersion: "v1", kind },
  metadata: { name, uid: `${kind}/${name}`, ...metadata },
  ...rest,
});
const inside = (kind: string, name: string, labels: object = {}) => object(kind, name, { namespace: "dev", labels });
const volume = (name: string, claim: string, annotations: object = { "pv.kubernetes.io/provisioned-by": "disks" }) =>
  object(
    "PersistentVolume",
    name,
    { annotations },
    {
      spec: {
        persistentVolumeReclaimPolicy: "Retain",
        claimRef: { namespace: "dev", name: "data-peer0-org1-0", uid: claim },
      },
    },
  );

let api: ApiDouble;
let folder: string;
let random: string;
let record: string;

beforeEach(() => {
  api = new ApiDouble();
  folder = mkdtempSync(join(tmpdir(), "baas-destroy-"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  random = join(folder, ".baas/random/dev.json");
  record = recordFile(folder, "dev");
  mkdirSync(join(folder, ".baas/random"), { recursive: true });
  writeFileSync(random, "{}");
});

afterEach(() => rmSync(folder, { recursive: true }));

const progress = { line: () => undefined, waiting: () => undefined, done: () => undefined };
const purge = (options: Partial<DestroyOptions> = {}) => {
  const { context = "here" } = options;
  const connection = { api: api as any, discovery: new Discovery(types as any), context, close: () => undefined };
  return destroyFrom(connection, { projectDir: folder, stack: "dev", purge: true, progress, ...options });
};

describe("a purge", () => {
  beforeEach(() => void api.objects.push(object("Namespace", "dev", ownedBy("shop"))));

  it("deletes a namespace that holds nothing of others, and the passwords that were in it", async () => {
    expect((await purge()).kept).toEqual([]);
    expect(api.changes).toEqual(["delete Namespace dev"]);
    expect(existsSync(random)).toBe(false);
  });

  it.each([403, 503])("deletes nothing when it cannot list a kind there (%s)", async (status) => {
    api.objects.push(inside("Secret", "of-somebody"));
    api.refused.Secret = status;
    await expect(purge()).rejects.toThrow(/cannot list Secret.*Nothing was changed/s);
    expect(api.changes).toEqual([]);
    expect(existsSync(random)).toBe(true);
  });

  it("keeps the namespace when somebody makes something in it while the question stands", async () => {
    const { kept } = await purge({
      confirm: async () => {
        api.objects.push(inside("Secret", "of-somebody"));
        return true;
      },
    });
    expect(api.changes).toEqual([]);
    expect(kept).toEqual(["Namespace dev, because others have objects in it: Secret dev/of-somebody"]);
  });

  it("deletes the volumes of its claims, and none that an earlier claim left or an administrator made", async () => {
    const claim = inside("PersistentVolumeClaim", "data-peer0-org1-0", network);
    api.objects.push(claim, volume("own", claim.metadata.uid), volume("backup", "an earlier claim"));
    api.objects.push(volume("by-hand", claim.metadata.uid, {}));
    await purge();
    expect(api.changes).toEqual(["patch own", "delete Namespace dev"]);
  });

  describe("of a network with topics of Kafka", () => {
    const tenant = () =>
      object(
        "KafkaTenant",
        "kafka",
        { namespace: "dev", annotations: { "baas.io/purges": "topics of Kafka: main" }, ...ownedBy("shop") },
        { apiVersion: "baas.io/v1alpha1", status: { conditions: [{ type: "Ready", reason: "Granted", message: "" }] } },
      );

    it("asks about them, and has them deleted while somebody still knows whose they are", async () => {
      api.objects.push(tenant());
      let asked: string[] = [];
      await purge({ confirm: async (what) => ((asked = what), true) });
      expect(asked).toContain("topics of Kafka: main");
      expect(api.changes.slice(0, 2)).toEqual(["patch kafka", "delete KafkaTenant kafka"]);
    });

    it("deletes nothing if they are not deleted in time", async () => {
      api.objects.push(tenant());
      api.answer = { type: "Ready", reason: "KafkaUnavailable", message: "Kafka does not answer" };
      await expect(purge({ timeoutMs: 0 })).rejects.toThrow(
        /topics of Kafka: main: not deleted yet \(KafkaTenant dev\/kafka: KafkaUnavailable: Kafka does not answer\)/,
      );
      expect(api.changes).toEqual(["patch kafka"]);
    });

    it("leaves them alone without a purge", async () => {
      api.objects.push(tenant());
      await purge({ purge: false });
      expect(api.changes).toEqual(["delete KafkaTenant kafka"]);
    });
  });

  it("refuses objects of another project's stack of the same name", async () => {
    api.objects.push(object("ConfigMap", "theirs", { namespace: "dev", ...ownedBy("bank") }));
    await expect(purge()).rejects.toThrow(/other stacks have objects in its namespace: dev \(ConfigMap dev\/theirs\)/);
    expect(api.changes).toEqual([]);
  });
});

describe("a stack that is not in the cluster", () => {
  it("keeps its passwords and the record of another cluster", async () => {
    const applied = { project: "shop", stack: "dev", projectDir: folder, registrations: [], outputs: {} };
    writeRecord(applied as any, "elsewhere");
    await purge();
    expect(existsSync(random)).toBe(true);
    expect(existsSync(record)).toBe(true);
    await purge({ context: "elsewhere" });
    expect(existsSync(record)).toBe(false);
  });
});

it("is not asked for by what can be no name of a stack", async () => {
  const wrong = destroy({ projectDir: folder, stack: "../dev", purge: true, context: "here", progress });
  await expect(wrong).rejects.toThrow('"../dev" is no name of a stack');
});
