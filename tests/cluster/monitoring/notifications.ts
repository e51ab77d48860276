/** Whom Alertmanagers tell, in a pod of a test: a webhook that keeps what it is told. */
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { applyObjects, kubectl } from "../kubectl";
import { nodeImage, provideImages } from "../providedImages";

const name = "hook";
/** The one that Alertmanagers may connect to anywhere. */
const port = 443;

/** A notification, as a webhook receives it, in short. */
export interface Notification {
  status: "firing" | "resolved";
  groupLabels: Record<string, string>;
  alerts: { status: string; labels: Record<string, string>; startsAt: string }[];
  /** When it was received, in milliseconds since 1970. */
  at: number;
}

/** A webhook in a namespace of its own. */
export class Webhook {
  /** Where Alertmanagers find it. */
  readonly url: string;

  constructor(
    private readonly cluster: LocalCluster,
    private readonly namespace: string,
  ) {
    this.url = `http://${name}.${namespace}.svc:${port}/`;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    await provideImages(this.cluster, [nodeImage]);
    const labels = { app: name };
    const metadata = { name, namespace: this.namespace, labels };
    const command = ["node", "--eval", program];
    const readinessProbe = { tcpSocket: { port }, periodSeconds: 1 };
    const items = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: this.namespace } },
      {
        ...{ apiVersion: "v1", kind: "Pod", metadata },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "hook", image: nodeImage, command, readinessProbe }],
        },
      },
      { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port }] } },
    ];
    await applyObjects(this.cluster, items);
    await kubectl(this.cluster, "-n", this.namespace, "wait", "--for=condition=Ready", "--timeout=120s", `pod/${name}`);
  }

  /** All that it was told, the oldest first. */
  async told(): Promise<Notification[]> {
    const lines = (await kubectl(this.cluster, "-n", this.namespace, "logs", name)).trim().split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Notification);
  }
}

const program = `
require("node:http")
  .createServer(async (request, response) => {
    const { status, groupLabels, alerts } = JSON.parse((await request.setEncoding("utf8").toArray()).join(""));
    console.log(JSON.stringify({ status, groupLabels, alerts, at: Date.now() }));
    response.end();
  })
  .listen(${port});
`;
