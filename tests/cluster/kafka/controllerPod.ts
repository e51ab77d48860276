/** The network controller in a pod of the platform, with a CA that registers and enrols it for Kafka beside it. */
import { readFileSync } from "node:fs";

import { vi } from "vitest";

import { tryRun } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { apiVersion } from "../../../model/contracts/apiGroup";
import { registrarKeys, rootKeyOf } from "../../../model/contracts/certificateAuthority";
import { controllerVariables } from "../../../model/contracts/controller";
import { kafkaBootstrapName } from "../../../model/contracts/kafka";
import { labels, managedByLabel } from "../../../model/contracts/labels";
import {
  controllerName,
  enrolManager,
  registrarSecretName,
  rootsConfigMapName,
  serviceAddress,
} from "../../../model/contracts/names";
import { platformCaName, platformEnrolmentId, platformIdentityName } from "../../../model/contracts/platformCa";
import { kafkaPort, kafkaServerPorts } from "../../../model/contracts/ports";
import { buildController, controllerBundle, nodeOptions } from "../controllerProcess";
import { nodeImage } from "../providedImages";
import { bundled } from "./bundle";
import type { KafkaCluster } from "./kafkaCluster";

const namespace = "baas-platform";
const name = "baas-controller-0";
const password = "registrar-password";

/** A pod that runs the controller from its bundle. */
export class ControllerPod {
  private pid = "";

  private constructor(private readonly cluster: LocalCluster) {}

  /** Starts the pod with its CA, but no controller. */
  static async start(cluster: LocalCluster, kafka: KafkaCluster): Promise<ControllerPod> {
    await buildController();
    const pod = new ControllerPod(cluster);
    await kafka.apply(serviceAccount, egress, podSpec(cluster.context));
    await kafka.kubectl("wait", "--for=condition=Ready", "--timeout=120s", `pod/${name}`);
    await pod.copy("/tmp/ca.js", await bundled("caProgram.ts"));
    await pod.copy("/tmp/main.mjs", readFileSync(controllerBundle, "utf8"));
    const exported = JSON.stringify(await kafka.ca.exported());
    await pod.background("ca", `node /tmp/ca.js '${exported}' ${password}`);
    const ca = await vi.waitFor(async () => JSON.parse(await pod.sh("cat /tmp/ca.log")), { timeout: 30_000 });
    await kafka.apply(...caObjects(ca, kafka.ca.pem));
    return pod;
  }

  /** Starts the controller. */
  async run(): Promise<void> {
    const env = {
      NODE_OPTIONS: nodeOptions,
      [controllerVariables.podName]: name,
      [controllerVariables.podNamespace]: namespace,
      [controllerVariables.kafkaBootstrap]: serviceAddress(kafkaBootstrapName, namespace, kafkaPort),
    };
    const settings = Object.entries(env).map(([key, value]) => `${key}='${value}'`);
    this.pid = await this.background("controller", `env ${settings.join(" ")} node /tmp/main.mjs`);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    await this.sh(`kill -9 ${this.pid}`);
  }

  /** What it has logged. */
  log(): Promise<string> {
    return this.sh("cat /tmp/controller.log");
  }

  /** Its memory, in MiB. */
  async memory(): Promise<number> {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(await this.sh(`cat /proc/${this.pid}/status`))![1]) / 1024);
  }

  /** Runs a command that goes on after this; its output is in /tmp/NAME.log. Returns its process ID. */
  private async background(program: string, command: string): Promise<string> {
    return (await this.sh(`nohup ${command} >>/tmp/${program}.log 2>&1 & echo $!`)).trim();
  }

  private async copy(path: string, text: string): Promise<void> {
    await this.sh(`cat >${path}`, text);
  }

  private async sh(script: string, input?: string): Promise<string> {
    const where = ["--kubeconfig", this.cluster.kubeconfig, "--namespace", namespace];
    const args = [...where, "exec", ...(input === undefined ? [] : ["-i"]), name, "--", "sh", "-c", script];
    const { code, stdout, stderr } = await tryRun(this.cluster.kubectl, args, input === undefined ? {} : { input });
    if (code !== 0) throw new Error(`${script} failed: ${stderr}`);
    return stdout;
  }
}

const own = labels({ role: "controller" });
const serviceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: controllerName, namespace } };

/** To the Kubernetes API, brokers and ZooKeepers. */
const egress = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: controllerName, namespace },
  spec: {
    podSelector: { matchLabels: own },
    policyTypes: ["Egress"],
    egress: [{ ports: [443, 6443, kafkaPort, kafkaServerPorts.zooKeeper].map((port) => ({ protocol: "TCP", port })) }],
  },
};

/** On the node that no test stops. */
function podSpec(node: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: own },
    spec: {
      terminationGracePeriodSeconds: 0,
      serviceAccountName: controllerName,
      nodeSelector: { "kubernetes.io/hostname": node },
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          ...{ name: "controller", image: nodeImage, command: ["sleep", "infinity"] },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

/** What the CA's pod and the stack declare, and the controller's Identity. */
function caObjects(ca: { url: string; operationsRoot: string }, root: string): object[] {
  const at = (kind: string, metadataName: string, rest: object, version = "v1") => ({
    ...{ apiVersion: version, kind },
    metadata: { name: metadataName, namespace, labels: { ...labels({}), [managedByLabel]: enrolManager } },
    ...rest,
  });
  const issuer = "kafka";
  return [
    at("Secret", registrarSecretName(platformCaName), {
      stringData: { [registrarKeys.username]: "registrar", [registrarKeys.password]: password },
    }),
    at("ConfigMap", rootsConfigMapName(platformCaName), {
      data: { [rootKeyOf(issuer)]: root, [rootKeyOf("operations")]: ca.operationsRoot },
    }),
    at(
      "CertificateAuthority",
      platformCaName,
      { spec: { organization: "platform", domain: "platform-local", scope: "platform", url: ca.url } },
      apiVersion,
    ),
    at(
      "Identity",
      platformIdentityName(controllerName, issuer),
      {
        spec: {
          ...{ certificateAuthority: platformCaName, issuer, type: "client" },
          enrolmentId: platformEnrolmentId(controllerName, namespace),
        },
      },
      apiVersion,
    ),
  ];
}
