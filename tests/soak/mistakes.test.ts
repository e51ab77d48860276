/** Errors on real Fabric appear as a condition and an Event, and disappear with their cause; see fabricCluster.ts. */
import { describe, expect, vi } from "vitest";

import { run } from "../../local-cluster/run";
import { FabricCluster } from "../cluster/fabricCluster";

const fabric = new FabricCluster("test-mistakes");
const test = fabric.test.bind(fabric);
const kubectl = (...args: string[]): Promise<string> => fabric.kubectl("-n", "dev", ...args);
const stackFile = "stacks/Pulumi.dev.yaml";
const chaincode = ["chaincode", "main.asset-transfer"] as const;
const channel = ["channel", "main"] as const;
const patch = (kind: string, name: string, change: object): Promise<string> =>
  kubectl("patch", kind, name, "--type=merge", "-p", JSON.stringify(change));
const appliesWell = async (): Promise<void> =>
  expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });

/** Waits until an object is not ready with a given reason and an Event reports it; returns the message. */
async function shows(kind: string, name: string, reason: string): Promise<string> {
  const message = await fabric.untilReason("dev", kind, name, reason);
  expect((await fabric.condition("dev", kind, name))!.status).toBe("False");
  await vi.waitFor(
    async () => {
      const selector = `--field-selector=type=Warning,reason=${reason},involvedObject.name=${name}`;
      expect(await fabric.list("events", "-n", "dev", selector)).not.toEqual([]);
    },
    { timeout: 10_000, interval: 300 },
  );
  return message;
}

describe("on real Fabric,", () => {
  test("the network comes up", appliesWell);

  test("an endorsement policy that the peers cannot satisfy is refused, and the former one stays", async () => {
    const policy = "OutOf(2, 'Org1MSP.peer', 'Org1MSP.peer')";
    await patch(...chaincode, { spec: { endorsementPolicy: policy } });
    expect(await shows(...chaincode, "EndorsementPolicyInvalid")).toContain("Org1MSP has 1");
    await patch(...chaincode, { spec: { endorsementPolicy: "/Channel/Application/Endorsement" } });
    await fabric.untilReason("dev", ...chaincode, "Committed");
  });

  test("a chaincode that crashes at start is not committed and says why; the former version stays", async () => {
    const main = "chaincode/asset-transfer/src/main.ts";
    fabric.project.edit(stackFile, 'version: "1.0"', 'version: "2.0"');
    fabric.project.edit(main, "try {\n  main();", 'try {\n  throw new Error("no class AssetTransfer");\n  main();');
    const applying = fabric.apply("dev", 90_000);
    const message = await shows(...chaincode, "ContainerCrashes");
    expect(message).toContain("Chaincode server asset-transfer-2-0-org1 of org1 has no pod that is ready");
    expect(message).toContain("asset-transfer: no class AssetTransfer");
    expect(await applying).toMatchObject({ end: "timeout" });
    fabric.project.restore(main);
    await appliesWell();
    await fabric.untilReason("dev", ...chaincode, "Committed");
  });

  test("an image that does not exist is named", async () => {
    fabric.project.edit(stackFile, 'version: "2.0"', 'version: "3.0"');
    fabric.project.edit(stackFile, "source: chaincode/asset-transfer", "image: registry.invalid/no-such-chaincode:1.0");
    const allowed = "policies: { security-image-registries: { allowed: [registry.invalid] } }";
    fabric.project.edit(stackFile, "domain: dev.example.com", `domain: dev.example.com\n    ${allowed}`);
    const applying = fabric.apply("dev", 90_000);
    const message = await shows(...chaincode, "ImageNotAvailable");
    expect(message).toContain("registry.invalid/no-such-chaincode:1.0 cannot be pulled");
    await applying;
    fabric.project.restore(stackFile);
    await appliesWell();
  });

  test("another state database is refused before a peer gets it", async () => {
    const versions = () => kubectl("get", "statefulsets,identities", "-o", "jsonpath={.items[*].metadata.generation}");
    const before = await versions();
    fabric.project.edit(stackFile, "- { name: org2 }", "- { name: org2, stateDatabase: couchdb }");
    await expect(fabric.apply("dev")).rejects.toThrow(
      "stateDatabase cannot be changed: the peer's ledger is bound to it",
    );
    expect(await versions()).toBe(before);
    fabric.project.restore(stackFile);
    await appliesWell();
  });

  for (const role of ["certificateAuthority", "orderer", "peer", "haproxy"]) {
    test(`an image of ${role} that does not exist is survived: taking the edit back heals`, async () => {
      const versions = "infra/versions.yaml";
      const [, image, tag = ""] = new RegExp(`^ +${role}: ([^\\s:]+)(:\\S+)?`, "m").exec(
        fabric.project.read(versions),
      )!;
      fabric.project.edit(versions, `${role}: ${image}${tag}`, `${role}: hyperledger/no-such-image${tag}`);
      expect(await fabric.apply("dev", 60_000)).not.toMatchObject({ end: "ready" });
      fabric.project.restore(versions);
      await appliesWell();
    });
  }

  test("an Identity of an unknown organization says so, and is registered when it names a known one", async () => {
    const identity = (certificateAuthority: string) => ({
      apiVersion: "baas.io/v1alpha1",
      kind: "Identity",
      metadata: { name: "stray", namespace: "dev", labels: { "baas.io/network": "dev" } },
      spec: { certificateAuthority, enrolmentId: "stray", type: "client" },
    });
    await fabric.kubectlWith(JSON.stringify(identity("ca-org9")), "apply", "-f", "-");
    expect(await shows("identity", "stray", "CertificateAuthorityNotFound")).toContain("ca-org9");
    await kubectl("delete", "identity", "stray");
    await fabric.kubectlWith(JSON.stringify(identity("ca-org1")), "apply", "-f", "-");
    await fabric.untilReason("dev", "identity", "stray", "Registered");
    await kubectl("delete", "identity", "stray");
  });

  test("a CA whose root is not the published one is not trusted until it is again", async () => {
    const published = async (name: string) => JSON.parse(await kubectl("get", "configmap", name, "-o", "json"));
    const [own, other] = [await published("ca-org1-roots"), await published("ca-org2-roots")];
    const clean = ({ metadata: { name, namespace, labels, annotations } }: any) => ({
      name,
      namespace,
      labels,
      annotations,
    });
    const replace = async (data: object): Promise<void> => {
      const configMap = { ...own, metadata: clean(own), data };
      await kubectl("delete", "configmap", "ca-org1-roots");
      await fabric.kubectlWith(JSON.stringify(configMap), "create", "-f", "-");
    };
    await replace(other.data);
    expect(await shows("certificateauthority", "ca-org1", "RootChanged")).toContain(
      "Until then, nothing is registered",
    );
    await replace(own.data);
    await fabric.untilReason("dev", "certificateauthority", "ca-org1", "Available");
    await fabric.untilReason("dev", ...channel, "Joined");
  });

  test("a channel's kept genesis block cannot be edited, and a replaced one stops the channel until it is deleted", async () => {
    const kept = JSON.parse(await kubectl("get", "configmap", "main-genesis", "-o", "json"));
    const edited = { "genesis.block": Buffer.from("another block").toString("base64") };
    await expect(patch("configmap", "main-genesis", { binaryData: edited })).rejects.toThrow(/immutable/);
    const { name, namespace, labels, annotations } = kept.metadata;
    const replacement = { ...kept, metadata: { name, namespace, labels, annotations }, binaryData: edited };
    // A running controller would be faster: it recreates the ConfigMap from an orderer's block.
    await fabric.kubectl("-n", "baas-platform", "scale", "deployment/baas-controller", "--replicas=0");
    await fabric.kubectl("-n", "baas-platform", "wait", "--for=delete", "pod", "--all", "--timeout=60s");
    await kubectl("delete", "configmap", "main-genesis");
    await fabric.kubectlWith(JSON.stringify(replacement), "create", "-f", "-");
    await fabric.kubectl("-n", "baas-platform", "scale", "deployment/baas-controller", "--replicas=1");
    expect(await shows(...channel, "GenesisBlockInvalid")).toContain("Delete it");
    await kubectl("delete", "configmap", "main-genesis");
    await fabric.untilReason("dev", ...channel, "Joined");
    const restored = JSON.parse(await kubectl("get", "configmap", "main-genesis", "-o", "json"));
    expect(restored.binaryData).toEqual(kept.binaryData);
  });

  test("a wrong enrolment secret shows at its Identity, and the CA learns it", async () => {
    const server = "asset-transfer-1-0-org1";
    // The CA's secret differs from the one in the Secret, as after a CA was restored from a backup.
    await fabric.kubectl("-n", "baas-platform", "scale", "deployment/baas-controller", "--replicas=0");
    await fabric.kubectl("-n", "baas-platform", "wait", "--for=delete", "pod", "--all", "--timeout=60s");
    const enrolmentSecret = Buffer.from("not-the-registered-one").toString("base64");
    await patch("secret", `${server}-enrolment`, { data: { enrolmentSecret } });
    await fabric.kubectl("-n", "baas-platform", "scale", "deployment/baas-controller", "--replicas=1");
    await kubectl("delete", "pod", "-l", `app.kubernetes.io/instance=${server}`);
    await vi.waitFor(
      async () => {
        const [pod] = await fabric.list("pods", "-n", "dev", "-l", `app.kubernetes.io/instance=${server}`);
        expect(pod.status.containerStatuses[0].ready).toBe(true);
      },
      { timeout: 180_000, interval: 500 },
    );
    await fabric.untilReason("dev", "identity", server, "Registered");
    await fabric.untilReason("dev", ...chaincode, "Committed");
  });

  test("a full volume is named, and the peer goes on when there is room", async () => {
    await kubectl("scale", "statefulset/peer0-org2", "--replicas=0");
    await kubectl("wait", "--for=delete", "pod/peer0-org2-0", "--timeout=60s");
    const volume = await volumeOf("data-peer0-org2-0");
    const small = await SmallVolume.instead(volume);
    try {
      await small.fill();
      await kubectl("scale", "statefulset/peer0-org2", "--replicas=1");
      expect(await shows(...channel, "VolumeFull")).toContain("peer0-org2");
      await small.makeRoom();
      await kubectl("delete", "pod", "peer0-org2-0");
      await fabric.untilReason("dev", ...channel, "Joined");
      await fabric.untilReason("dev", ...chaincode, "Committed");
    } finally {
      await kubectl("scale", "statefulset/peer0-org2", "--replicas=0");
      await kubectl("wait", "--for=delete", "pod/peer0-org2-0", "--timeout=60s");
      await small.remove();
    }
  });
});

/** Folder on the node with a claim's data. */
async function volumeOf(claim: string): Promise<string> {
  const name = await kubectl("get", "persistentvolumeclaim", claim, "-o", "jsonpath={.spec.volumeName}");
  const { spec } = JSON.parse(await fabric.kubectl("get", "persistentvolume", name, "-o", "json"));
  return spec.local?.path ?? spec.hostPath.path;
}

/** A file system of a few megabytes in memory, mounted over a volume of the node, with its data. */
class SmallVolume {
  private constructor(
    private readonly folder: string,
    private readonly node: string,
  ) {}

  static async instead(folder: string): Promise<SmallVolume> {
    // The node's mounts are in the mount namespace of its first process.
    const [init] = (await run("pgrep", ["-f", `helper.* init .*${fabric.cluster.stateDir}/node`])).trim().split("\n");
    const small = new SmallVolume(folder, init!);
    await small.inNode(
      `cp -a ${folder} ${folder}.saved && mount -t tmpfs -o size=24m,mode=2775,gid=1000 small ${folder} && cp -a ${folder}.saved/. ${folder}/`,
    );
    return small;
  }

  async fill(): Promise<void> {
    await this.inNode(`dd if=/dev/zero of=${this.folder}/fill bs=64k 2>/dev/null || true`);
  }

  async makeRoom(): Promise<void> {
    await this.inNode(`rm ${this.folder}/fill`);
  }

  async remove(): Promise<void> {
    await this.inNode(`umount ${this.folder}; rm -rf ${this.folder}.saved`);
  }

  private async inNode(script: string): Promise<void> {
    await run("nsenter", [`--mount=/proc/${this.node}/ns/mnt`, "sh", "-c", script]);
  }
}
