import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { buildImage } from "./buildImages";
import { describeInstance, type Instance } from "./instance";
import * as kind from "./kindCluster";
import { choose, stop } from "./localCluster";
import { LocalError } from "./localError";
import { progressTo } from "./progress";
import { loadArchive } from "./releaseArchive";
import { run } from "./run";
import type { LocalCluster } from "./runningCluster";
import { DockerDouble } from "./testing/dockerDouble";

let docker: DockerDouble;
let clone: string;
let instance: Instance;
let name: string;
let node: string;
let said: string[];
let listener: Server | undefined;

function start(programs?: readonly string[], also?: readonly string[]): void {
  docker?.remove();
  docker = new DockerDouble(programs, also);
}

beforeEach(() => {
  docker = new DockerDouble();
  clone = join(mkdtempSync(join(tmpdir(), "baas-clone-")), "My_Clone");
  instance = describeInstance("local", clone);
  name = instance.kindName;
  node = `${name}-control-plane`;
  said = [];
});

afterEach(() => {
  listener?.close();
  docker.remove();
  rmSync(join(clone, ".."), { recursive: true, force: true });
});

const progress = progressTo((line) => said.push(line));
const up = (used: readonly number[] = [], spare: readonly number[] = []): Promise<LocalCluster> =>
  kind.up(instance, progress, () => ({ used, spare }));
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => Promise.reject(new Error("was not refused")),
    (error: Error) => error.message,
  );

/** Listens on a port of this machine, and returns it. */
async function listen(): Promise<number> {
  listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  return (listener.address() as AddressInfo).port;
}

describe("a cluster by kind", () => {
  it("is made with a name after the clone, and with a kubeconfig of its own", async () => {
    const cluster = await up();
    expect(name).toMatch(/^baas-my-clone-[0-9a-f]{6}$/);
    expect(cluster).toMatchObject({
      type: "kind",
      context: "baas-local",
      kubeconfig: join(clone, ".baas/local/local/kubeconfig"),
      server: "https://127.0.0.1:40123",
      nodeAddress: "127.0.0.1",
      nodeName: node,
    });
    expect(readFileSync(cluster.kubeconfig, "utf8")).toContain("contexts: baas-local\n");
    expect(statSync(cluster.kubeconfig).mode & 0o777).toBe(0o600);
    const configuration = join(instance.stateDir, "kind.yaml");
    expect(docker.calls()).toEqual([
      `kind create cluster --name ${name} --config ${configuration} --kubeconfig ${cluster.kubeconfig}`,
      `kubectl config rename-context kind-${name} baas-local --kubeconfig=${cluster.kubeconfig}`,
    ]);
    expect(said).toContain(`making the kind cluster ${name}`);
  });

  it("leads ports of this machine, and of it alone, to the same NodePorts", async () => {
    await up([30443, 30444]);
    expect(docker.state.kindConfiguration.nodes[0].extraPortMappings).toEqual([
      { containerPort: 30443, hostPort: 30443, listenAddress: "127.0.0.1" },
      { containerPort: 30444, hostPort: 30444, listenAddress: "127.0.0.1" },
    ]);
  });

  it("is made without a spare port that another program has", async () => {
    const port = await listen();
    await up([], [port]);
    expect(docker.state.kindConfiguration.nodes[0].extraPortMappings).toEqual([]);
    await up([port]);
    expect(said.join("\n")).toContain(`created without ports ${port}, so they cannot be reached`);
  });

  it("is found when it runs, and started when it was stopped", async () => {
    await up();
    docker.calls();
    expect((await up()).nodeName).toBe(node);
    expect(docker.calls()).toEqual([]);

    await stop(instance, progress, false);
    expect(await kind.look(instance)).toEqual({
      state: "stopped",
      components: {},
      nodes: [{ name: node, zone: "zone-1", isRunning: false }],
    });
    await up();
    expect(docker.calls()).toEqual([`docker stop ${node}`, `docker start ${node}`]);
    expect(await kind.look(instance)).toMatchObject({ state: "running", components: { [node]: true } });
  });

  it("is removed with all its files by a purge", async () => {
    await up();
    docker.calls();
    await stop(instance, progress, true);
    expect(docker.calls()).toEqual([`kind delete cluster --name ${name} --kubeconfig ${instance.kubeconfig}`]);
    expect(docker.state.containers).toEqual({});
    expect(readdirSync(join(clone, ".baas/local"))).toEqual(["local.lock"]);
    expect(kind.hasMade(instance)).toBe(false);
  });

  it("is created again after another program has deleted it", async () => {
    await up();
    docker.change({ containers: {} });
    docker.calls();
    await up();
    expect(docker.calls().map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "kind create",
      "kubectl config",
    ]);
  });

  it("tells which ports it was made without", async () => {
    await up([30443], [30444]);
    await up([30443, 30444, 30500], [30501]);
    expect(said.join("\n")).toContain("created without ports 30500, so they cannot be reached");
  });
});

describe("a cluster by kind with several nodes", () => {
  const workers = () => [`${name}-worker`, `${name}-worker2`];
  const upWith = (nodes?: number) => kind.up(instance, progress, () => ({ used: [], spare: [] }), nodes);
  const running = async () =>
    (await kind.look(instance)).nodes.filter((each) => each.isRunning).map((each) => each.name);

  it("is made with workers, each in a zone of its own, and pods on all nodes", async () => {
    await upWith(3);
    const { nodes } = docker.state.kindConfiguration;
    expect(nodes.map((each: any) => [each.role, each.labels["topology.kubernetes.io/zone"]])).toEqual([
      ["control-plane", "zone-1"],
      ["worker", "zone-2"],
      ["worker", "zone-3"],
    ]);
    expect(JSON.parse(nodes[0].kubeadmConfigPatches[0]).nodeRegistration).toEqual({ taints: [] });
    expect(await running()).toEqual([node, ...workers()]);
  });

  it("keeps its number of nodes, and says that kind cannot change it", async () => {
    await upWith(3);
    await stop(instance, progress, false);
    expect(await running()).toEqual([]);
    await upWith();
    expect(await running()).toEqual([node, ...workers()]);
    expect(await refusal(upWith(2))).toMatch(/was created with 3 nodes; kind cannot change that\.\n {2}-> Leave out/);
  });

  it("loses a worker at once and gets it back, but not the node of the control plane", async () => {
    await upWith(3);
    docker.calls();
    await kind.stopNode(instance, progress, workers()[1]);
    expect(await kind.look(instance)).toMatchObject({ state: "running" });
    expect(await running()).toEqual([node, workers()[0]]);
    await kind.restartNode(instance, progress, workers()[1]);
    expect(docker.calls()).toEqual([`docker kill ${workers()[1]}`, `docker start ${workers()[1]}`]);
    expect(await refusal(kind.stopNode(instance, progress, node))).toMatch(/runs the control plane/);
  });
});

describe("a kind cluster that this clone has not made", () => {
  const message = () =>
    `There is a kind cluster ${name} that this clone did not create. It was not changed.\n` +
    `  -> If it is not needed: kind delete cluster --name ${name}`;

  it("is not used, even if it has the right name", async () => {
    docker.change({ containers: { [node]: { isRunning: true, mounts: ["/baas-of-another"] } } });
    expect(await refusal(up())).toBe(message());
    expect(docker.calls()).toEqual([]);
    expect(kind.hasMade(instance)).toBe(false);
  });

  it("is not stopped, deleted or looked into, even if it has taken the place of ours", async () => {
    await up();
    docker.change({ containers: { [node]: { isRunning: true, mounts: [] } } });
    docker.calls();
    expect(await refusal(up())).toBe(message());
    expect(await refusal(kind.look(instance))).toBe(message());
    for (const purge of [false, true]) expect(await refusal(stop(instance, progress, purge))).toBe(message());
    expect(docker.calls()).toEqual([]);
    expect(docker.state.containers).toHaveProperty(node);
  });

  it("may be beside it under any other name", async () => {
    const other = { isRunning: true, mounts: [] };
    docker.change({ containers: { "kind-control-plane": other } });
    await up();
    await stop(instance, progress, true);
    expect(docker.state.containers).toEqual({ "kind-control-plane": other });
  });
});

describe("a start that fails", () => {
  it("says what kind says, and leaves no trace", async () => {
    docker.change({ kindFails: { says: "ERROR: failed to create cluster: no space", leavesContainer: false } });
    expect(await refusal(up())).toMatch(
      /^kind create cluster \S+ failed \(1\): ERROR: failed to create cluster: no space\n {2}-> /,
    );
    expect(kind.hasMade(instance)).toBe(false);
  });

  it("is known as ours when it was interrupted, and made anew", async () => {
    docker.change({ kindFails: { says: "killed", leavesContainer: true } });
    await refusal(up());
    expect(await kind.look(instance)).toMatchObject({ state: "broken" });
    docker.change({ kindFails: undefined });
    docker.calls();
    await up();
    expect(docker.calls()[0]).toBe(`kind delete cluster --name ${name} --kubeconfig ${instance.kubeconfig}`);
    expect(await kind.look(instance)).toMatchObject({ state: "running" });
  });

  it("changes nothing where a used port is taken", async () => {
    const port = await listen();
    expect(await refusal(up([port]))).toMatch(new RegExp(`^Something on this machine listens on ${port} already; `));
    expect(docker.calls()).toEqual([]);
    expect(kind.hasMade(instance)).toBe(false);
  });

  it("names the remedy where Docker has gone since", async () => {
    await up();
    docker.change({ answers: false });
    expect(await choose(instance)).toMatchObject({
      message: "No Docker engine answers.\n  -> Start Docker; kind and kubectl must be there, too.",
    });
    for (const work of [up, () => kind.look(instance)]) {
      expect(await refusal(work())).toMatch(
        /^Docker cannot list its containers: Cannot connect .*\n {2}-> Start Docker, then run this again\.$/,
      );
    }
  });
});

describe("images", () => {
  const folder = () => {
    const context = join(clone, "service");
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
    return context;
  };

  it("are built by Docker and loaded, once for each content", async () => {
    const cluster = await up();
    docker.calls();
    const build = { context: folder(), reference: "baas.local/enrol:123" };
    await buildImage(cluster, build, progress);
    await buildImage(cluster, build, progress);
    expect(docker.calls()).toEqual([
      `docker build --file=${build.context}/Dockerfile --tag=baas.local/enrol:123 ${build.context}`,
      `kind load docker-image baas.local/enrol:123 --name ${name}`,
    ]);
    expect(await cluster.images.list()).toEqual(["baas.local/enrol:123"]);
  });

  it("of Fabric's nodes are made of a release archive by Docker, too", async () => {
    start(undefined, ["/usr/bin", "/bin"]);
    const cluster = await up();
    docker.calls();
    const files = join(clone, "archive");
    for (const folder of ["bin", "config", "builders/ccaas/bin"]) mkdirSync(join(files, folder), { recursive: true });
    // A Linux program by its first bytes, for this machine.
    const head = Buffer.alloc(64);
    head.write("\x7fELF", "latin1");
    head.writeUInt16LE(process.arch === "arm64" ? 0xb7 : 0x3e, 18);
    writeFileSync(join(files, "bin/peer"), head);
    writeFileSync(join(files, "config/core.yaml"), "");
    const archive = join(clone, "fabric.tar.gz");
    await run("tar", ["--create", "--gzip", "--file", archive, "--directory", files, "."]);

    const reference = "docker.io/hyperledger/fabric-peer:2.5.16";
    expect(await loadArchive(cluster, archive, progress)).toEqual([reference]);
    const [build, ...calls] = docker.calls();
    expect(build).toMatch(/^docker build --file=\S+ --iidfile=\S+ \S+$/);
    const id = docker.state.images.find((image) => /^sha256:[0-9a-f]{64}$/.test(image));
    expect(calls).toEqual([
      `docker run --rm ${id} /usr/local/bin/peer version`,
      `docker tag ${id} ${reference}`,
      `kind load docker-image ${reference} --name ${name}`,
    ]);
  });
});

describe("how a new cluster is made", () => {
  it("is by kind where Docker, kind and kubectl are there", async () => {
    expect(await choose(instance)).toBe(await kindMaker());
  });

  it("is not by kind where one of them is missing; then it is said which, and how to go on", async () => {
    const said = async (): Promise<string> => {
      const found = await choose(instance);
      // As the machine of this test may be a Debian, of which nothing is on the PATH now.
      return found instanceof LocalError ? found.message : "debian";
    };
    start(["kind", "kubectl"]);
    expect(await said()).toMatch(/^No Kubernetes can be started here\. No Docker engine answers\. Without Docker: /);
    start(["docker"]);
    expect(await said()).toMatch(
      /there is no kind and no kubectl\. Without Docker: .*\n {2}-> Install kind and kubectl\. Or/,
    );
    start(["docker", "kind", "kubectl"]);
    docker.change({ answers: false });
    expect(await said()).toMatch(/No Docker engine answers\./);
  });

  it("does not change for one that is there", async () => {
    mkdirSync(instance.stateDir, { recursive: true });
    writeFileSync(join(instance.stateDir, "instance.json"), "{}");
    const found = await choose(instance);
    expect(found).not.toBe(await kindMaker());
    // As the machine of this test may be no Debian, or not the one of that cluster.
    if (found instanceof LocalError) expect(found.problem).not.toMatch(/Docker|kind/);
  });

  it("is found out once, and once more for the next start", async () => {
    const checks = () => docker.allCalls().filter((call) => call.startsWith("docker version")).length;
    for (let starts = 0; starts < 2; starts++) {
      const found = await choose(instance);
      if (found instanceof LocalError) throw found;
      await found.up(instance, progress, () => ({ used: [], spare: [] }));
      expect(checks()).toBe(1);
    }
  });

  /** The type that is found for a kind cluster. */
  async function kindMaker() {
    const made = describeInstance("made", clone);
    await kind.up(made, progress, () => ({ used: [], spare: [] }));
    return choose(made);
  }
});
