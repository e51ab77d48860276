/**
 * The stack `dev` on real Fabric. Its images come from release archives: FABRIC_ARCHIVES names them, with ":" between
 * (hyperledger-fabric-linux-amd64-….tar.gz:hyperledger-fabric-ca-linux-amd64-….tar.gz).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readNetwork, smokeTestResults } from "../../infra/commands/milestones";
import { down, up, type LocalCluster } from "../../infra/local/cluster";
import { whyUnsupported } from "../../infra/local/host";
import { loadArchive } from "../../infra/local/images";
import type { Progress } from "../../infra/local/output";
import { run } from "../../infra/local/run";
import { apply } from "../../infra/offline/apply/apply";
import { destroy } from "../../infra/offline/apply/destroy";
import { connect } from "../../infra/offline/apply/target";
import { ProjectCopy } from "../projectCopy";

const instance = "test-fabric";
let skipReason: string | undefined;
let cluster: LocalCluster;
let project: ProjectCopy;
/** Everything that the commands said. */
const said: string[] = [];
const progress: Progress = {
  line: (text) => void said.push(text),
  waiting: (text) => void said.push(text),
  done: () => {},
};

const kubectl = (...args: string[]): Promise<string> =>
  run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args]);
const applied = (stack: string) => apply({ projectDir: project.dir, stack, timeoutMs: 300_000, progress });

beforeAll(async () => {
  skipReason = await whyUnsupported();
  const archives = process.env.FABRIC_ARCHIVES;
  if (archives === undefined) skipReason ??= "FABRIC_ARCHIVES is not set: release archives of Fabric and Fabric CA";
  if (skipReason !== undefined) return;
  cluster = await up({ name: instance });
  for (const archive of archives!.split(":")) await loadArchive(cluster, archive);
  project = new ProjectCopy();
  project.edit("stacks/environments/local.yaml", "context: baas-local", `context: ${cluster.context}`);
});

afterAll(async () => {
  if (skipReason !== undefined) return;
  project.remove();
  await down({ name: instance, purge: true });
});

/** Signing certificate of a node, from its volume. */
async function certificateOf(pod: string, container: string): Promise<X509Certificate> {
  const path = "/var/hyperledger/crypto/msp/signcerts/cert.pem";
  return new X509Certificate(await kubectl("-n", "dev", "exec", pod, "-c", container, "--", "cat", path));
}

describe("the stack dev on real Fabric", () => {
  const test = (name: string, body: () => Promise<void>): void =>
    it(name, (ctx) => (skipReason === undefined ? body() : ctx.skip(skipReason)));

  test("comes up: all nodes and chaincode servers are ready", async () => {
    expect(await applied("platform-local")).toMatchObject({ end: "ready", notReady: [] });
    expect(await applied("dev")).toMatchObject({ end: "ready", notReady: [] });
    const pods = JSON.parse(await kubectl("-n", "dev", "get", "pods", "-o", "json")).items;
    const ready = pods.filter(({ status }: any) => status.containerStatuses.every((container: any) => container.ready));
    expect(ready.map(({ metadata }: any) => metadata.labels["app.kubernetes.io/instance"]).sort()).toEqual([
      "asset-transfer-1-0-org1",
      "asset-transfer-1-0-org2",
      "ca-orderer",
      "ca-org1",
      "ca-org2",
      "orderer0-orderer",
      "peer0-org1",
      "peer0-org2",
    ]);
  });

  test("has its channel joined by all nodes and its chaincode committed", async () => {
    const { items } = JSON.parse(await kubectl("-n", "dev", "get", "channels,chaincodes", "-o", "json"));
    const conditions = items.map(({ kind, status }: any) => {
      const ready = status.conditions.find(({ type }: any) => type === "Ready");
      return `${kind} ${ready.status} ${ready.message}`;
    });
    expect(conditions).toEqual([
      "Channel True 1 orderers and 2 peers have joined channel main",
      expect.stringMatching(/^Chaincode True .*committed/),
    ]);
  });

  test("has transactions of a client on its ledgers, read back by the other organization", async () => {
    const connection = await connect(cluster.context);
    const [result] = smokeTestResults(await readNetwork(connection, "dev").finally(() => connection.close()));
    expect(result!.transactions.map(({ function: name }) => name)).toEqual(["CreateAsset", "TransferAsset"]);
    expect(result!.readBack).toEqual([
      { organization: "org1", peer: "peer0-org1" },
      { organization: "org2", peer: "peer0-org2" },
    ]);
    expect(JSON.parse(result!.answer)).toMatchObject({ owner: "bob", value: 100 });
  });

  test("changes nothing the second time", async () => {
    expect(await applied("dev")).toMatchObject({ created: 0, changed: 0, replaced: 0, deleted: 0 });
  });

  test("gives every node a certificate with its role and its names", async () => {
    const peer = await certificateOf("peer0-org1-0", "peer");
    expect(peer.subject).toContain("OU=peer");
    expect(peer.subject).toContain("CN=peer0");
    expect(peer.subjectAltName).toContain("DNS:peer0-org1.dev.svc.cluster.local");
    expect(peer.subjectAltName).toContain("DNS:peer0.org1.dev.example.com");
    const orderer = await certificateOf("orderer0-orderer-0", "orderer");
    expect(orderer.subject).toContain("OU=orderer");
    expect(orderer.checkIssued(peer)).toBe(false);
  });

  test("keeps private keys in their pods, and secrets out of everything but Secrets", async () => {
    const list = async (kinds: string): Promise<any[]> =>
      JSON.parse(await kubectl("get", kinds, "--all-namespaces", "-o", "json")).items;
    const secrets = await list("secrets");
    const values = secrets.flatMap(({ data }) =>
      Object.entries<string>(data ?? {}).map(([key, value]) => ({
        key,
        text: Buffer.from(value, "base64").toString(),
      })),
    );
    expect(values.filter(({ text }) => text.includes("PRIVATE KEY"))).toEqual([]);
    const passwords = values.filter(({ key }) => /password|secret/i.test(key)).map(({ text }) => text);
    expect(passwords.length).toBeGreaterThanOrEqual(3 + 9);

    const everythingElse = [
      ...(await list("configmaps,pods,events,identities,certificateauthorities,channels,chaincodes")).map((object) =>
        JSON.stringify(object),
      ),
      ...(await logsOf("dev")),
      ...(await logsOf("baas-platform")),
      ...filesBelow(join(project.dir, ".baas")).map((file) => readFileSync(file, "latin1")),
      said.join("\n"),
    ];
    expect(everythingElse.length).toBeGreaterThan(50);
    for (const text of everythingElse) {
      expect(/BEGIN [A-Z ]*PRIVATE KEY/.test(text)).toBe(false);
      expect(passwords.filter((password) => text.includes(password))).toEqual([]);
    }
  });

  test("has the same identities after destroy and apply", async () => {
    const before = (await certificateOf("peer0-org1-0", "peer")).fingerprint256;
    await destroy({ projectDir: project.dir, stack: "dev", timeoutMs: 300_000, progress });
    expect(await applied("dev")).toMatchObject({ end: "ready", notReady: [] });
    expect((await certificateOf("peer0-org1-0", "peer")).fingerprint256).toBe(before);
  });

  test("leaves nothing after a purge", async () => {
    await destroy({ projectDir: project.dir, stack: "dev", purge: true, timeoutMs: 300_000, progress });
    expect(await kubectl("get", "namespace", "dev", "--ignore-not-found", "-o", "name")).toBe("");
    expect(await kubectl("get", "persistentvolumes", "-o", "name")).toBe("");
  });
});

async function logsOf(namespace: string): Promise<string[]> {
  const names = (await kubectl("-n", namespace, "get", "pods", "-o", "name")).trim().split("\n");
  return Promise.all(names.map((pod) => kubectl("-n", namespace, "logs", pod, "--all-containers")));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
