/** The smoke test of an Ethereum network: a contract that is deployed, called, and read back from every node. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import {
  confirmationsOf,
  ethereumPorts,
  ethereumSmokeTestName,
  ethereumSmokeTestVariables,
  ethereumTestAccount,
  type SmokeTestNode,
} from "../../model/contracts/ethereum";
import { labels } from "../../model/contracts/labels";
import { smokeTestContainerName } from "../../model/contracts/smokeTest";
import type { EthereumPlan } from "../../model/ethereum/ethereumPlan";
import { allowTo, pods } from "../kubernetes/networkAccess";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { type ImageSettings, ProjectImage } from "../kubernetes/projectImage";
import { replaceUnready } from "../kubernetes/pulumiAnnotations";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";

/** Arguments of {@link EthereumSmokeTest}. */
export interface EthereumSmokeTestArgs {
  plan: EthereumPlan;
  images: ImageSettings;
  /** What is there before it: nodes and chain. */
  needs: pulumi.Resource[];
}

/** How long it waits for the chain; `apply` starts everything at once. */
const timeoutSeconds = 600;

const account = { name: "test-account", mountPath: "/etc/baas/test-account", readOnly: true };

/**
 * A Job that deploys a contract by the first RPC node, calls it, and has every node read the result. Its own result is the termination
 * message of its pod.
 */
export class EthereumSmokeTest extends pulumi.ComponentResource {
  constructor(name: string, args: EthereumSmokeTestArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:EthereumSmokeTest", name, { chainId: args.plan.chainId }, opts);
    const { plan, images, needs } = args;
    const child = { parent: this };
    const image = new ProjectImage(name, { source: "services/ethereum-smoke-test", context: ".", images }, child);
    const network = plan.name;
    const own = labels({ network, role: "client", instance: ethereumSmokeTestName });
    const metadata = { name: ethereumSmokeTestName, namespace: plan.namespace, labels: own };
    const within = { ...child, dependsOn: needs.slice(0, 1) };
    const nodes = [...pods({ network, role: "rpc-node" }), ...pods({ network, role: "validator" })];
    const traffic = { ingress: [], egress: [allowTo(nodes, ethereumPorts.rpc)] };
    const user = serviceAccount(name, metadata, within);
    const policy = networkPolicy(name, metadata, traffic, within);
    new k8s.batch.v1.Job(
      name,
      {
        metadata: workloadMetadata({ ...metadata, annotations: replaceUnready }, plan.pods, "smokeTest"),
        spec: {
          backoffLimit: 3,
          template: podTemplate({
            pods: plan.pods,
            role: "smokeTest",
            account: ethereumSmokeTestName,
            labels: own,
            spec: podSpec(plan, image.reference),
          }),
        },
      },
      { ...child, dependsOn: [user, policy, image.image, ...needs] },
    );
    this.registerOutputs({});
  }
}

function podSpec(plan: EthereumPlan, image: string): k8sInput.core.v1.PodSpec {
  const { secret: secretName, key } = ethereumTestAccount;
  // With Besu gas is free, so that a new account will do.
  const needsBalance = plan.client === "geth" || !plan.freeGas;
  const confirmations = confirmationsOf(plan.client, plan.validators.length);
  const nodes: SmokeTestNode[] = [...plan.rpcNodes, ...plan.validators].map(({ name, address }) => ({ name, address }));
  return {
    // With OnFailure, Kubernetes would delete the pod, which shows why the Job has failed.
    restartPolicy: "Never",
    containers: [
      {
        name: smokeTestContainerName,
        image,
        env: [
          { name: ethereumSmokeTestVariables.chainId, value: String(plan.chainId) },
          { name: ethereumSmokeTestVariables.nodes, value: JSON.stringify(nodes) },
          ...(needsBalance ? [{ name: ethereumSmokeTestVariables.keyFile, value: `${account.mountPath}/${key}` }] : []),
          { name: ethereumSmokeTestVariables.confirmations, value: String(confirmations) },
          { name: ethereumSmokeTestVariables.timeoutSeconds, value: String(timeoutSeconds) },
        ],
        volumeMounts: [tmpMount, ...(needsBalance ? [account] : [])],
        resources: resourcesOf(plan.size, "smokeTest"),
        ...containerDefaults,
      },
    ],
    volumes: [
      tmpVolume,
      // The pod starts once the controller has made it.
      ...(needsBalance ? [{ name: account.name, secret: { secretName, defaultMode: 0o440 } }] : []),
    ],
  };
}
