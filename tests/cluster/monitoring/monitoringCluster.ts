/**
 * The monitoring that the stack platform-local declares, on a local cluster, with a double of a network. There is no CA without Fabric:
 * certificates are made here, and come in Secrets.
 */
import { desiredObjects } from "../../../cli/engine/apply/desiredObjects";
import type { KubernetesObject } from "../../../cli/engine/cluster/kubernetesObject";
import { runProgram } from "../../../cli/engine/program/programs";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { kafkaCaName, operationsCaName } from "../../../model/contracts/certificateAuthority";
import { enrolVariables } from "../../../model/contracts/enrolment";
import { roleLabel } from "../../../model/contracts/labels";
import { metricsRootsKey, metricsRootsName } from "../../../model/contracts/monitoring";
import { platformEnrolmentId } from "../../../model/contracts/platformCa";
import { versions } from "../../../model/files/versions";
import { TestCa } from "../../../services/common/testing/testCa";
import { ProjectCopy } from "../../projectCopy";
import { issue } from "../issuedCertificate";
import { applyObjects, kubectl } from "../kubectl";
import { nodeImage, provideImages } from "../providedImages";
import { Webhook } from "./notifications";
import { PrometheusReader } from "./prometheusReader";
import { WatchedNetwork } from "./watchedNetwork";

const namespace = "baas-platform";
const servers = ["prometheus", "alertmanager0", "alertmanager1"];
const certificates = { name: "certificates", mountPath: "/certificates", readOnly: true };

/** Prometheus, two Alertmanagers, a network, and somebody who is told. */
export class MonitoringCluster {
  readonly prometheus: PrometheusReader;
  readonly hook: Webhook;
  network!: WatchedNetwork;

  private constructor(
    private readonly cluster: LocalCluster,
    private readonly cas: Record<string, TestCa>,
  ) {
    this.prometheus = new PrometheusReader(cluster, () => Promise.resolve(cas[kafkaCaName]!.pem));
    this.hook = new Webhook(cluster, "told");
  }

  /** Applies everything, and waits until it is ready. */
  static async install(cluster: LocalCluster, network: string, peers: number): Promise<MonitoringCluster> {
    await provideImages(cluster, [versions.images.prometheus, versions.images.alertmanager, nodeImage]);
    const names = [operationsCaName, kafkaCaName, "tlsca"];
    const cas = await Promise.all(names.map(async (name) => [name, await TestCa.make(name)] as const));
    const monitoring = new MonitoringCluster(cluster, Object.fromEntries(cas));
    await monitoring.start(network, peers);
    return monitoring;
  }

  private async start(network: string, peers: number): Promise<void> {
    const { tlsca, [operationsCaName]: readers } = this.cas;
    this.network = new WatchedNetwork(this.cluster, network, peers, { tlsca: tlsca!, readers: readers! });
    const roots = { name: metricsRootsName, namespace };
    await applyObjects(this.cluster, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
    await applyObjects(this.cluster, [
      { apiVersion: "v1", kind: "ConfigMap", metadata: roots, data: { [metricsRootsKey]: tlsca!.pem } },
    ]);
    const objects = await this.withCertificates(await declaredObjects(this.hook.url));
    // A StatefulSet whose account is missing is tried again after some time only.
    await applyObjects(
      this.cluster,
      objects.filter(({ kind }) => kind !== "StatefulSet"),
    );
    await applyObjects(
      this.cluster,
      objects.filter(({ kind }) => kind === "StatefulSet"),
    );
    await Promise.all([this.hook.start(), this.network.start()]);
    await this.ready();
  }

  /** Waits until Prometheus and the Alertmanagers are ready. */
  async ready(): Promise<void> {
    const sets = servers.map((name) => `statefulset/${name}`);
    await kubectl(
      this.cluster,
      "-n",
      namespace,
      "wait",
      "--for=jsonpath={.status.readyReplicas}=1",
      "--timeout=240s",
      ...sets,
    );
  }

  /** Ends an Alertmanager at once. */
  async killAlertmanager(number: number): Promise<void> {
    await kubectl(
      this.cluster,
      "-n",
      namespace,
      "delete",
      "pod",
      `alertmanager${number}-0`,
      "--grace-period=0",
      "--force",
    );
  }

  /** Deletes everything. */
  async remove(): Promise<void> {
    await kubectl(this.cluster, "delete", "namespace", namespace, this.network.name, "told", "--ignore-not-found");
    await kubectl(
      this.cluster,
      "delete",
      "clusterrole/prometheus",
      "clusterrolebinding/prometheus",
      "--ignore-not-found",
    );
  }

  /** Gives servers their certificates by a Secret, which an init container copies to where enrolment would leave them. */
  private async withCertificates(objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
    const all = [...objects];
    for (const { metadata, spec } of objects.filter(({ kind }) => kind === "StatefulSet")) {
      const pod = spec.template.spec;
      const files: Record<string, string> = {};
      const copies: string[] = [];
      for (const { env } of pod.initContainers) {
        const valueOf = (variable: string): string => env.find(({ name }: any) => name === variable).value;
        const issuer = valueOf(enrolVariables.caName);
        const folder = `${valueOf(enrolVariables.outputDir)}/tls`;
        const hosts = valueOf(enrolVariables.hosts).split(",");
        const ca = this.cas[issuer]!;
        const { key, certificate } = await issue(ca, platformEnrolmentId(metadata.name, namespace), hosts);
        const own = { "server.key": key, "server.crt": certificate, "ca.crt": ca.pem };
        copies.push(`mkdir -p ${folder}`);
        for (const [file, text] of Object.entries(own)) {
          files[`${issuer}-${file}`] = text;
          copies.push(`cp -f /certificates/${issuer}-${file} ${folder}/${file}`);
        }
      }
      const [{ name, securityContext, volumeMounts }] = pod.initContainers;
      const unused = pod.initContainers.flatMap((enrol: any) =>
        enrol.volumeMounts.slice(1).map((one: any) => one.name),
      );
      pod.initContainers = [
        {
          ...{ name, securityContext, image: pod.containers[0].image },
          command: ["sh", "-c", copies.join(" && ")],
          volumeMounts: [volumeMounts[0], certificates],
        },
      ];
      const secretName = metadata.name;
      pod.volumes = [
        ...pod.volumes.filter((volume: any) => !unused.includes(volume.name)),
        { name: certificates.name, secret: { secretName, defaultMode: 0o440 } },
      ];
      all.push({ apiVersion: "v1", kind: "Secret", metadata: { name: secretName, namespace }, stringData: files });
    }
    return all;
  }
}

/** The objects of monitoring, as the stack of a platform declares them. */
async function declaredObjects(url: string): Promise<KubernetesObject[]> {
  const project = new ProjectCopy();
  try {
    const monitoring = {
      ...{ storage: "3Gi", retention: "1d", interval: "5s", groupWait: "10s", groupInterval: "16s" },
      receivers: [{ name: "hook", webhook: { url } }],
      teams: [{ name: "operators", receiver: "hook" }],
    };
    const stack = { config: { "baas:platform": { environment: "local", monitoring } } };
    project.write("stacks/Pulumi.platform-local.yaml", JSON.stringify(stack));
    const result = await runProgram({ projectDir: project.dir, stack: "platform-local", dryRun: false });
    const ours = ["prometheus", "alertmanager"];
    return desiredObjects(result)
      .map(({ object }) => (object.kind === "ConfigMap" ? withShortMemory(object) : object))
      .filter(({ kind, metadata }) => {
        const isOurs = ours.includes(metadata.labels?.[roleLabel] ?? "") || metadata.name === "default-deny";
        return isOurs && kind !== "Identity";
      });
  } finally {
    project.remove();
  }
}

/** Alerts that are over are told as over soon; tests/alerts has the rules with their own times. */
function withShortMemory({ data, ...object }: KubernetesObject): KubernetesObject {
  const short = (text: string) => text.replaceAll("keep_firing_for: 1m", "keep_firing_for: 30s");
  return {
    ...object,
    data: Object.fromEntries(Object.entries<string>(data).map(([file, text]) => [file, short(text)])),
  };
}
