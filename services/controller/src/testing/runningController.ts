/** For tests: a controller with a network that it has brought up, all in this process. */
import { expect, vi } from "vitest";

import { jsonLog } from "../../../common/log";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { Manager } from "../manager";
import { Metrics } from "../metrics";
import { type Channel, collections } from "../resources";
import { clientOf } from "./apiClient";
import { testNamespace, TestNetwork } from "./testNetwork";

/** A condition Ready as text, such as `True Joined`. */
export type Shown = `${"True" | "False"} ${string}`;

/** A controller, and the doubles of what it works with. */
export class RunningController {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  private constructor(
    readonly kubernetes: KubernetesDouble,
    readonly network: TestNetwork,
    readonly spec: Channel["spec"],
  ) {
    const log = jsonLog("error", () => {});
    this.running = new Manager({ api: clientOf(kubernetes), metrics: new Metrics(), log }).run(this.stopping.signal);
  }

  static async start(type: Channel["spec"]["ordering"]["type"] = "etcdraft"): Promise<RunningController> {
    const kubernetes = await KubernetesDouble.start();
    const network = new TestNetwork(kubernetes);
    const spec = await network.nodes();
    const ordering = { ...spec.ordering, type, ...(type === "kafka" && { systemChannel: "dev-system" }) };
    return new RunningController(kubernetes, network, { ...spec, ordering });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.network.stop();
    await this.kubernetes.stop();
  }

  /** Waits until Channel `main` shows this; returns its message. */
  channel(wanted: Shown, timeout?: number): Promise<string> {
    return this.shows(`${collections.channels(testNamespace)}/main`, wanted, timeout);
  }

  /** Waits until Chaincode `main.asset` shows this; returns its message. */
  chaincode(wanted: Shown, timeout?: number): Promise<string> {
    return this.shows(`${collections.chaincodes(testNamespace)}/main.asset`, wanted, timeout);
  }

  /** Brings up the channel, and version 1.0 of the chaincode on it. */
  async bringUp(): Promise<void> {
    if (this.spec.ordering.type === "kafka") await this.startOrderers();
    this.network.applyChannel(this.spec);
    await this.network.startServers("1.0", this.spec.organizations);
    this.network.applyChaincode("1.0");
    await this.channel("True Joined");
    await this.chaincode("True Committed");
  }

  /** Has orderers start with the genesis block of their system channel, once it is kept. */
  private async startOrderers(): Promise<void> {
    this.network.applySystemChannel(this.spec);
    const path = `${collections.configMaps(testNamespace)}/dev-system-genesis`;
    const kept = await vi.waitFor(
      () => {
        const found = this.kubernetes.objects.get(path);
        expect(found).toBeDefined();
        return found!;
      },
      { timeout: 10_000, interval: 20 },
    );
    this.network.fabric.bootstrap(Buffer.from(kept.binaryData["genesis.block"], "base64"));
  }

  private shows(path: string, wanted: Shown, timeout = 10_000): Promise<string> {
    return vi.waitFor(
      () => {
        const { metadata, status } = this.kubernetes.objects.get(path)!;
        const condition = status?.conditions[0];
        const isCurrent = condition?.observedGeneration === metadata.generation;
        expect(`${condition?.status} ${condition?.reason} ${isCurrent} (${condition?.message})`).toContain(
          `${wanted} true`,
        );
        return condition.message as string;
      },
      { timeout, interval: 20 },
    );
  }
}
