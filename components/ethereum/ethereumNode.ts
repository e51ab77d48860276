/** What validators and RPC nodes have in common: the container that makes the key and fetches the genesis, the client, and the right to publish. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import {
  allowedAccountsDir,
  allowedAccountsFile,
  ethereumForksName,
  ethereumGenesisName,
  ethereumIdentityName,
  ethereumNodeContainerName,
  ethereumNodeVariables,
  ethereumPorts,
  forksText,
  laterValidatorsName,
} from "../../model/contracts/ethereum";
import { labels } from "../../model/contracts/labels";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { EthereumNodePlan, EthereumPlan } from "../../model/ethereum/ethereumPlan";
import { allowFromMonitoring } from "../kubernetes/metricsReaders";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { resourcesOf } from "../kubernetes/sizes";
import { configurationVolume, statefulNode } from "../kubernetes/statefulNode";
import { apiTokenMount, apiTokenVolume, tmpVolume } from "../kubernetes/volumes";
import { besuContainers } from "./besu";
import { type ClientArgs, dataMount, type EthereumRole, servicePorts } from "./clientContainers";
import { gethContainers } from "./geth";

/**
 * Creates the objects of a node.
 *
 * @param name - name of the Pulumi resources
 * @param opts - options of every object; `parent` is the node's component
 * @returns the node as its Rollout names it
 */
export function ethereumNode(
  name: string,
  args: ClientArgs & AllowedTraffic,
  opts: pulumi.CustomResourceOptions,
): RolloutNode {
  const { plan, node, role, ingress, egress } = args;
  const client = plan.client === "besu" ? besuContainers(args) : gethContainers(args);
  const { account, rolled } = statefulNode(
    name,
    {
      ...{ plan, node, role, egress },
      ingress: [...ingress, ...(plan.client === "besu" ? allowFromMonitoring(args, ethereumPorts.metrics) : [])],
      ports: servicePorts(plan.client),
      // Nodes find each other before any of them is ready.
      publishNotReadyAddresses: true,
      ...(plan.allowedAccounts && { configuration: { [allowedAccountsFile]: accountsFile(plan.allowedAccounts) } }),
      initContainers: [nodeContainer(args), ...client.initContainers],
      containers: [client.container],
      volumes: [tmpVolume, apiTokenVolume],
    },
    opts,
  );
  allowToPublish(name, args, account, opts);
  return rolled;
}

/** Makes the node's key, publishes who it is, waits for the genesis, and writes what the client reads. */
function nodeContainer({ plan, node, role, nodeImage }: ClientArgs): k8sInput.core.v1.Container {
  const bootnodes = dialledBootnodes(plan, role).map(({ name, peerHost: host }) => ({ name, host }));
  return {
    name: ethereumNodeContainerName,
    image: nodeImage,
    env: [
      { name: ethereumNodeVariables.node, value: node.name },
      { name: ethereumNodeVariables.network, value: plan.name },
      { name: ethereumNodeVariables.client, value: plan.client },
      { name: ethereumNodeVariables.signs, value: String(role === "validator") },
      ...(plan.forks.length > 0 ? [{ name: ethereumNodeVariables.forks, value: forksText(plan.forks) }] : []),
      ...(plan.allowedAccounts
        ? [{ name: ethereumNodeVariables.allowedAccounts, value: `${allowedAccountsDir}/${allowedAccountsFile}` }]
        : []),
      ...(bootnodes.length > 0 ? [{ name: ethereumNodeVariables.bootnodes, value: JSON.stringify(bootnodes) }] : []),
    ],
    volumeMounts: [dataMount, apiTokenMount, ...(plan.allowedAccounts ? [accountsMount] : [])],
    resources: resourcesOf(plan.size, "init"),
    ...containerDefaults,
  };
}

const accountsMount = { name: configurationVolume, mountPath: allowedAccountsDir, readOnly: true };

/** RPC nodes dial bootnodes, where there are some. */
function dialledBootnodes({ bootnodes }: EthereumPlan, role: EthereumRole): EthereumNodePlan[] {
  return role === "rpc-node" ? bootnodes : [];
}

/** Besu's file of accounts that may send transactions. */
function accountsFile(accounts: readonly string[]): string {
  return `accounts-allowlist=[${accounts.map((account) => `"${account}"`).join(",")}]\n`;
}

/** Lets the pod make the ConfigMap of its identity, and read what nodes read. */
function allowToPublish(
  resourceName: string,
  { plan, node, role: component }: ClientArgs,
  account: k8s.core.v1.ServiceAccount,
  opts: pulumi.CustomResourceOptions,
): void {
  const own = labels({ network: plan.name, role: component, instance: node.name });
  const metadata = { name: node.name, namespace: plan.namespace, labels: own };
  const configMaps = { apiGroups: [""], resources: ["configmaps"] };
  const role = new k8s.rbac.v1.Role(
    resourceName,
    {
      metadata,
      rules: [
        // RBAC cannot limit "create" to a name.
        { ...configMaps, verbs: ["create"] },
        {
          ...configMaps,
          resourceNames: [
            ...[node, ...dialledBootnodes(plan, component)].map(({ name }) => ethereumIdentityName(name)),
            ...[ethereumGenesisName, laterValidatorsName, ethereumForksName],
          ],
          verbs: ["get"],
        },
      ],
    },
    opts,
  );
  new k8s.rbac.v1.RoleBinding(
    resourceName,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: node.name },
      subjects: [{ kind: "ServiceAccount", name: node.name, namespace: plan.namespace }],
    },
    { ...opts, dependsOn: [role, account] },
  );
}
