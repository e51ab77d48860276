/** The stack `dev` on real Fabric; see fabricCluster.ts. */
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { connect } from "../../cli/engine/cluster/clusterConnection";
import { readNetwork, smokeTestResults } from "../../cli/start/milestones";
import { tryRun } from "../../local-cluster/run";
import { FabricCluster } from "./fabricCluster";
import { MetricsReader } from "./metricsReader";

const fabric = new FabricCluster("test-fabric");
const kubectl = fabric.kubectl.bind(fabric);
const test = fabric.test.bind(fabric);

/** Signing certificate of a node, from its volume. */
async function certificateOf(pod: string, container: string): Promise<X509Certificate> {
  const path = "/var/hyperledger/crypto/msp/signcerts/cert.pem";
  return new X509Certificate(await kubectl("-n", "dev", "exec", pod, "-c", container, "--", "cat", path));
}

describe("the stack dev on real Fabric", () => {
  test("comes up: all nodes and chaincode servers are ready", async () => {
    expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });
    const pods = JSON.parse(await kubectl("-n", "dev", "get", "pods", "-o", "json")).items;
    const ready = pods.filter(({ status }: any) => status.containerStatuses.every((container: any) => container.ready));
    expect(ready.map(({ metadata }: any) => metadata.labels["app.kubernetes.io/instance"]).sort()).toEqual([
      "asset-transfer-1-0-org1",
      "asset-transfer-1-0-org2",
      "ca-orderer",
      "ca-org1",
      "ca-org2",
      "gateway",
      "gateway",
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
      "Channel True 1 orderer and 2 peers have joined channel main",
      expect.stringMatching(/^Chaincode True .*committed/),
    ]);
  });

  test("has transactions of a client on its ledgers, read back by the other organization", async () => {
    const connection = await connect(fabric.cluster.context);
    const [result] = smokeTestResults(await readNetwork(connection, "dev").finally(() => connection.close()));
    expect(result!.transactions.map(({ function: name }) => name)).toEqual(["CreateAsset", "TransferAsset"]);
    expect(result!.readBack).toEqual([
      { organization: "org1", peer: "peer0-org1" },
      { organization: "org2", peer: "peer0-org2" },
    ]);
    expect(JSON.parse(result!.answer)).toMatchObject({ owner: "bob", value: 100 });
  });

  test("changes nothing the second time", async () => {
    expect(await fabric.apply("dev")).toMatchObject({ created: 0, changed: 0, replaced: 0, deleted: 0 });
  });

  test("lets monitoring in that the platform names, which restarts nothing", async () => {
    const { project } = fabric;
    const namesOfPods = async () => (await kubectl("-n", "dev", "get", "pods", "-o", "name")).split("\n").sort();
    const before = await namesOfPods();
    const environment = "stacks/environments/local.yaml";
    project.edit(
      "stacks/Pulumi.platform-local.yaml",
      "environment: local",
      "environment: local\n    monitoringNamespace: monitoring",
    );
    project.edit(environment, "policies:", "policies:\n  security-network-policies: { namespaces: [monitoring] }");
    for (const stack of ["platform-local", "dev"]) {
      expect(await fabric.apply(stack)).toMatchObject({ end: "ready", notReady: [], replaced: 0, deleted: 0 });
    }
    expect(await namesOfPods()).toEqual(before);
  });

  test("shows metrics to monitoring with a certificate for that, and to nobody else", async () => {
    const monitoring = await MetricsReader.start(fabric, "monitoring", true);
    const other = await MetricsReader.start(fabric, "elsewhere", false);
    const [controller] = await fabric.list(
      "-n",
      "baas-platform",
      "pods",
      "-l",
      "app.kubernetes.io/component=controller",
    );
    const ofController = `http://${controller.status.podIP}:8080/metrics`;
    const nodes = [
      { node: "peer0-org1", ca: "ca-org1", metric: "ledger_blockchain_height{" },
      { node: "orderer0-orderer", ca: "ca-orderer", metric: "consensus_etcdraft_is_leader{" },
      { node: "ca-org1", ca: "ca-org1", metric: "api_request_count{" },
    ];
    const refused = /^(401|ERR_SSL|ECONNRESET|EPROTO)/;
    // A NetworkPolicy rejects or drops, as the cluster's plugin does it. The same address answers the other pod.
    const unreachable = /^(ECONNREFUSED|no connection)$/;
    for (const { node, ca, metric } of nodes) {
      const [roots] = await fabric.list("-n", "dev", "configmaps", "--field-selector", `metadata.name=${ca}-roots`);
      const root = roots.data["tlsca.pem"];
      const url = `https://${node}.dev.svc:9443/metrics`;
      expect(await monitoring.read(url, metric, { root })).toContain(`200 ${metric}`);
      expect(await monitoring.read(url, metric, { root, withCertificate: false })).toMatch(refused);
      expect(await other.read(url, metric, { root, withCertificate: false })).toMatch(unreachable);
    }
    const expiry = 'baas_certificate_expiration_timestamp_seconds{namespace="dev"';
    expect(await monitoring.read(ofController, expiry)).toContain(`200 ${expiry}`);
    expect(await other.read(ofController, expiry, { withCertificate: false })).toMatch(unreachable);
    await Promise.all([monitoring.remove(), other.remove()]);
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
    const list = (kinds: string): Promise<any[]> => fabric.list(kinds, "--all-namespaces");
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
      ...filesBelow(join(fabric.project.dir, ".baas")).map((file) => readFileSync(file, "latin1")),
      fabric.said.join("\n"),
    ];
    expect(everythingElse.length).toBeGreaterThan(50);
    for (const text of everythingElse) {
      expect(/BEGIN [A-Z ]*PRIVATE KEY/.test(text)).toBe(false);
      expect(passwords.filter((password) => text.includes(password))).toEqual([]);
    }
  });

  test("has its nodes' private keys on their own volumes, and nowhere else on the machine that runs it", async () => {
    const { stateDir } = fabric.cluster;
    const volumes = join(stateDir, "node", "volumes");
    const keys = filesBelow(volumes)
      .filter((file) => /\.(pem|key)$|_sk$/.test(file))
      .map((file) => readFileSync(file, "utf8"))
      .filter((text) => text.includes("PRIVATE KEY"));
    // Signing and TLS certificates of three nodes; both roots and the TLS certificate of three CA servers.
    expect(keys.length).toBeGreaterThanOrEqual(3 * 2 + 3 * 3);
    const list = join(fabric.project.dir, "patterns");
    // The second line of such a file contains only key data.
    writeFileSync(list, keys.map((text) => text.split("\n")[2]).join("\n"));
    const filesWithKeys = async (...places: string[]): Promise<string[]> => {
      const { stdout } = await tryRun("grep", ["-rslFf", list, "--binary-files=text", ...places]);
      return stdout.split("\n").filter((line) => line !== "");
    };
    expect((await filesWithKeys(volumes)).length).toBe(keys.length);
    // The data of etcd, images, containers and their logs, and every program's environment.
    const others = readdirSync(join(stateDir, "node")).filter((name) => name !== "volumes");
    const places = [...others.map((name) => join(stateDir, "node", name)), ...environments()];
    expect(await filesWithKeys(...places)).toEqual([]);
    rmSync(list);
  });

  test("has the same identities after destroy and apply", async () => {
    const before = (await certificateOf("peer0-org1-0", "peer")).fingerprint256;
    await fabric.destroy("dev");
    expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });
    expect((await certificateOf("peer0-org1-0", "peer")).fingerprint256).toBe(before);
  });

  test("leaves nothing after a purge", async () => {
    await fabric.destroy("dev", { purge: true });
    expect(await kubectl("get", "namespace", "dev", "--ignore-not-found", "-o", "name")).toBe("");
    expect(await kubectl("get", "persistentvolumes", "-o", "name")).toBe("");
  });
});

async function logsOf(namespace: string): Promise<string[]> {
  const names = (await kubectl("-n", namespace, "get", "pods", "-o", "name")).trim().split("\n");
  return Promise.all(names.map((pod) => kubectl("-n", namespace, "logs", pod, "--all-containers")));
}

/** The environments of all programs, without the keys of this test itself. */
function environments(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/environ`)
    .filter((file) => existsSync(file));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
