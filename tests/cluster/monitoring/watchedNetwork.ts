/** The double of a network: one pod that shows metrics as many peers, each with a Service of its own, as Fabric's have. */
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { labels } from "../../../model/contracts/labels";
import { ports } from "../../../model/contracts/ports";
import type { TestCa } from "../../../services/common/testing/testCa";
import { issue } from "../issuedCertificate";
import { applyObjects, kubectl } from "../kubectl";
import { nodeImage } from "../providedImages";

const pod = "peers";

/** Peers `peer0-org1`, `peer1-org1` and so on. */
export class WatchedNetwork {
  /** Names of the peers. */
  readonly peers: string[];

  /**
   * @param cas - `tlsca` issues the peers' certificate; only who has a certificate of `readers` reads their metrics
   */
  constructor(
    private readonly cluster: LocalCluster,
    readonly name: string,
    count: number,
    private readonly cas: Record<"tlsca" | "readers", TestCa>,
  ) {
    this.peers = Array.from({ length: count }, (_, number) => `peer${number}-org1`);
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    const { name: network, peers } = this;
    const app = { app: pod };
    const metadata = { name: network, labels: labels({ network }) };
    await applyObjects(this.cluster, [{ apiVersion: "v1", kind: "Namespace", metadata }]);
    await applyObjects(
      this.cluster,
      peers.map((name) => ({
        ...{ apiVersion: "v1", kind: "Service" },
        metadata: {
          name,
          namespace: network,
          labels: labels({ network, organization: "org1", role: "peer", instance: name }),
        },
        spec: { selector: app, ports: [{ name: "operations", port: ports.operations }] },
      })),
    );
    await this.restart();
  }

  /** Starts its pod, and waits until it listens. */
  async restart(): Promise<void> {
    const hosts = this.peers.map((peer) => `${peer}.${this.name}.svc`);
    const { key, certificate } = await issue(this.cas.tlsca, "peers", hosts);
    const program = nodeProgram({ key, cert: certificate, ca: this.cas.readers.pem });
    // Prometheus may connect to pods with the labels of a peer only.
    const own = { ...labels({ network: this.name, organization: "org1", role: "peer" }), app: pod };
    const peer = {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: pod, namespace: this.name, labels: own } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            ...{ name: pod, image: nodeImage, command: ["node", "--eval", program] },
            readinessProbe: { tcpSocket: { port: ports.operations }, periodSeconds: 1 },
          },
        ],
      },
    };
    await applyObjects(this.cluster, [peer]);
    await kubectl(this.cluster, "-n", this.name, "wait", "--for=condition=Ready", "--timeout=120s", `pod/${pod}`);
  }

  /** Ends all peers at once. */
  async kill(): Promise<void> {
    await kubectl(this.cluster, "-n", this.name, "delete", "pod", pod, "--grace-period=0", "--force");
  }

  /** Deletes the network. */
  async remove(): Promise<void> {
    await kubectl(this.cluster, "delete", "namespace", this.name);
  }
}

const nodeProgram = (tls: { key: string; cert: string; ca: string }): string => `
const options = { ...${JSON.stringify(tls)}, requestCert: true, rejectUnauthorized: true };
require("node:https")
  .createServer(options, (_, response) => {
    response.setHeader("Content-Type", "text/plain; version=0.0.4");
    response.end('# TYPE ledger_blockchain_height gauge\\nledger_blockchain_height{channel="main"} 7\\n');
  })
  .listen(${ports.operations});
`;
