/** The containers of a node that runs geth, which signs with clique. */
import { ethereumDataDir, ethereumFiles, ethereumPorts } from "../../model/contracts/ethereum";
import { containerDefaults } from "../kubernetes/podSecurity";
import { serverProbes } from "../kubernetes/probes";
import { upstreamReference } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { tmpMount } from "../kubernetes/volumes";
import { type ClientArgs, type ClientContainers, containerPorts, dataMount } from "./clientContainers";

const file = (name: string): string => `${ethereumDataDir}/${name}`;
const dataDir = `--datadir=${file("geth")}`;

/** Geth: first it puts the genesis into its database, then it runs. */
export function gethContainers(args: ClientArgs): ClientContainers {
  const shared = {
    image: upstreamReference(args.images, "geth"),
    volumeMounts: [dataMount, tmpMount],
    resources: resourcesOf(args.plan.size, "ethereumNode"),
    ...containerDefaults,
  };
  return {
    initContainers: [{ name: "genesis", command: ["geth", dataDir, "init", file(ethereumFiles.genesis)], ...shared }],
    container: {
      name: "geth",
      command: ["geth", ...options(args)],
      ports: containerPorts(args.plan.client),
      // It answers an empty request, whatever the chain does. The controller asks for peers and blocks.
      ...serverProbes({ healthy: answers, alive: answers, startSeconds: 120 }),
      ...shared,
    },
  };
}

const answers = { httpGet: { path: "/", port: ethereumPorts.rpc } };

function options({ plan, node, role }: ClientArgs): string[] {
  const namespaces = ["eth", "net", "web3", "txpool"].join(",");
  const hosts = node.hosts.join(",");
  return [
    dataDir,
    `--config=${file(ethereumFiles.gethConfig)}`,
    `--nodekey=${file(ethereumFiles.key)}`,
    `--networkid=${plan.chainId}`,
    // All is kept and checked: chains of this size need no snapshots, and validators must not skip what they sign on.
    ...["--syncmode=full", "--gcmode=archive", "--ipcdisable", "--nodiscover", "--nat=none"],
    `--port=${ethereumPorts.p2p}`,
    ...["--http", "--http.addr=0.0.0.0", `--http.port=${ethereumPorts.rpc}`, `--http.vhosts=${hosts}`],
    ...(role === "validator"
      ? [
          `--http.api=${namespaces},clique`,
          ...["--mine", "--miner.gasprice=1", "--unlock=0"],
          `--keystore=${file(ethereumFiles.keystore)}`,
          `--password=${file(ethereumFiles.password)}`,
        ]
      : [`--http.api=${namespaces}`]),
    ...(role === "rpc-node"
      ? ["--ws", "--ws.addr=0.0.0.0", `--ws.port=${ethereumPorts.webSocket}`, `--ws.api=${namespaces}`]
      : []),
  ];
}
