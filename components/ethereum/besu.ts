/** The container of a node that runs Besu, which makes blocks with QBFT. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import { ethereumDataDir, ethereumFiles, ethereumPorts } from "../../model/contracts/ethereum";
import type { Size } from "../../model/stackFile/schema";
import { containerDefaults } from "../kubernetes/podSecurity";
import { serverProbes } from "../kubernetes/probes";
import { upstreamReference } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { tmpMount } from "../kubernetes/volumes";
import {
  type ClientArgs,
  type ClientContainers,
  containerPorts,
  dataMount,
  type EthereumRole,
} from "./clientContainers";

const file = (name: string): string => `${ethereumDataDir}/${name}`;

/**
 * The JVM by size; beside its heap it takes about as much again. A small one starts with two fifths less work when it compiles only once:
 * 17 seconds of a core instead of 27, until the first block.
 */
const jvms: Record<Size, string> = { small: "-Xmx300m -XX:TieredStopAtLevel=1", medium: "-Xmx1500m" };

/** What nodes of a role answer. */
const namespacesOf: Record<EthereumRole, string> = {
  validator: "ETH,NET,WEB3,QBFT,ADMIN",
  bootnode: "ETH,NET,WEB3",
  "rpc-node": "ETH,NET,WEB3,TXPOOL",
};

/** Besu reads the genesis file itself. */
export function besuContainers(args: ClientArgs): ClientContainers {
  const { plan, role, images } = args;
  // Others than itself; a network of one validator has none.
  const peers = role === "validator" && plan.validators.length === 1 ? 0 : 1;
  return {
    initContainers: [],
    container: {
      name: "besu",
      image: upstreamReference(images, "besu"),
      command: ["/opt/besu/bin/besu", ...options(args)],
      env: [
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        {
          name: "BESU_OPTS",
          // Names of pods lead elsewhere after a restart.
          value: `${jvms[plan.size]} -Dsun.net.inetaddr.ttl=5 -Djava.io.tmpdir=/tmp`,
        },
      ],
      ports: containerPorts(plan.client),
      ...serverProbes({
        healthy: health(`/readiness?minPeers=${peers}&maxBlocksBehind=10`),
        alive: health("/liveness"),
        // On a machine with no core to spare a start takes minutes. One that is cut off begins anew.
        startSeconds: 900,
      }),
      volumeMounts: [dataMount, tmpMount],
      resources: resourcesOf(plan.size, "ethereumNode"),
      ...containerDefaults,
    },
  };
}

/** Besu looks at its list of allowed hosts first, which has no addresses of pods. */
function health(path: string): Pick<k8sInput.core.v1.Probe, "httpGet"> {
  return { httpGet: { path, port: ethereumPorts.rpc, httpHeaders: [{ name: "Host", value: "localhost" }] } };
}

function options({ plan, node, role }: ClientArgs): string[] {
  const namespaces = namespacesOf[role];
  return [
    "--profile=ENTERPRISE",
    `--data-path=${file("besu")}`,
    `--genesis-file=${file(ethereumFiles.genesis)}`,
    `--node-private-key-file=${file(ethereumFiles.key)}`,
    `--static-nodes-file=${file(ethereumFiles.staticNodes)}`,
    ...["--discovery-enabled=false", "--nat-method=NONE", "--Xdns-enabled=true", "--Xdns-update-enabled=true"],
    ...["--p2p-host=$(POD_IP)", `--p2p-port=${ethereumPorts.p2p}`],
    // A minute otherwise, until the others are back at a validator that was away.
    "--Xp2p-check-maintained-connections-frequency=15",
    ...(plan.freeGas ? ["--min-gas-price=0"] : []),
    ...(plan.allowedAccounts
      ? [
          "--permissions-accounts-config-file-enabled=true",
          `--permissions-accounts-config-file=${file(ethereumFiles.allowedAccounts)}`,
        ]
      : []),
    ...["--metrics-enabled=true", "--metrics-host=0.0.0.0", `--metrics-port=${ethereumPorts.metrics}`],
    ...["--rpc-http-enabled=true", "--rpc-http-host=0.0.0.0", `--rpc-http-port=${ethereumPorts.rpc}`],
    ...[`--rpc-http-api=${namespaces}`, `--host-allowlist=${node.hosts.join(",")}`],
    ...(role !== "rpc-node"
      ? []
      : [
          ...["--rpc-ws-enabled=true", "--rpc-ws-host=0.0.0.0", `--rpc-ws-port=${ethereumPorts.webSocket}`],
          `--rpc-ws-api=${namespaces}`,
        ]),
  ];
}
