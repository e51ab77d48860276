/**
 * Simulates the commands of `docker`, `kind` and `kubectl` that the local cluster uses. Arguments: the folder of the double's
 * state, the program's name and its arguments.
 */
"use strict";
const { createHash } = require("node:crypto");
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const [folder, program, ...args] = process.argv.slice(2);
const stateFile = join(folder, "state");
const state = JSON.parse(readFileSync(stateFile, "utf8"));
appendFileSync(join(folder, "calls"), `${[program, ...args].join(" ")}\n`);

function option(name) {
  const at = args.indexOf(name);
  return at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function container(name) {
  return state.containers[name] ?? fail(`Error response from daemon: No such container: ${name}`);
}

function image(name) {
  return state.images.includes(name) || fail(`Error response from daemon: No such image: ${name}`);
}

const commands = {
  "docker version": () => process.stdout.write("29.0.0\n"),
  "docker container inspect": () => {
    const { isRunning, mounts } = container(args.at(-1));
    process.stdout.write(`${[isRunning, "/var", ...mounts].join(" ")}\n`);
  },
  "docker start": () => args.slice(1).forEach((name) => (container(name).isRunning = true)),
  "docker stop": () => args.slice(1).forEach((name) => (container(name).isRunning = false)),
  "docker kill": () => (container(args[1]).isRunning = false),
  "docker build": () => {
    process.stderr.write("#1 transferring context\n#2 naming to somewhere\n");
    const id = `sha256:${createHash("sha256").update(args.join(" ")).digest("hex")}`;
    state.images.push(option("--tag") ?? id);
    if (option("--iidfile")) writeFileSync(option("--iidfile"), id);
  },
  "docker run": () => image(args[2]) && process.stdout.write("peer:\n Version: v2.5.16\n"),
  "docker tag": () => image(args[1]) && state.images.push(args[2]),
  "docker exec": () => {
    if (!container(args[1]).isRunning) fail(`Error response from daemon: container ${args[1]} is not running`);
    if (args.includes("list")) process.stdout.write(state.nodeImages.map((image) => `${image}\n`).join(""));
    if (args.includes("tag")) state.nodeImages.push(args.at(-1));
  },
  "kind create": () => {
    const name = `${option("--name")}-control-plane`;
    if (name in state.containers) {
      fail(`ERROR: failed to create cluster: node(s) already exist for a cluster with the name "${option("--name")}"`);
    }
    state.kindConfiguration = JSON.parse(readFileSync(option("--config"), "utf8"));
    const mounts = state.kindConfiguration.nodes[0].extraMounts.map(({ containerPath }) => containerPath);
    const { kindFails } = state;
    if (kindFails === undefined || kindFails.leavesContainer) state.containers[name] = { isRunning: true, mounts };
    for (let worker = 1; worker < state.kindConfiguration.nodes.length; worker++) {
      const workerName = `${option("--name")}-worker${worker === 1 ? "" : worker}`;
      state.containers[workerName] = { isRunning: true, mounts: [] };
    }
    writeFileSync(stateFile, JSON.stringify(state));
    if (kindFails !== undefined) fail(kindFails.says);
    process.stderr.write(" • Ensuring node image (kindest/node:v1.36.1) ...\n • Starting control-plane ...\n");
    const server = "https://127.0.0.1:40123";
    writeFileSync(
      option("--kubeconfig"),
      `clusters:\n- cluster:\n    server: ${server}\ncontexts: kind-${option("--name")}\n`,
    );
  },
  "kind delete": () => {
    for (const name of Object.keys(state.containers)) {
      if (name.startsWith(`${option("--name")}-`)) delete state.containers[name];
    }
  },
  "kind load": () => {
    const image = args[2];
    if (args[1] === "docker-image" && !state.images.includes(image)) {
      fail(`ERROR: image: "${image}" not present locally`);
    }
    state.nodeImages.push(image);
  },
  "kubectl config": () => {
    const file = option("--kubeconfig");
    writeFileSync(file, readFileSync(file, "utf8").replace(args[2], args[3]));
  },
  "kubectl get": () => {
    const isUp = Object.values(state.containers).some(({ isRunning }) => isRunning);
    if (!isUp) fail("The connection to the server 127.0.0.1:40123 was refused");
    process.stdout.write("ok");
  },
  "kubectl wait": () => process.stdout.write("node/x condition met\n"),
};

if (program === "docker" && !state.answers) fail("Cannot connect to the Docker daemon. Is the docker daemon running?");
const command = Object.keys(commands).find((words) => [program, ...args].join(" ").startsWith(words));
if (command === undefined) fail(`the double does not know: ${program} ${args.join(" ")}`);
commands[command]();
writeFileSync(stateFile, JSON.stringify(state));
