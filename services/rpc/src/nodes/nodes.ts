/** The RPC nodes: which of them answer, and which one serves a client. */
import { createHash } from "node:crypto";

import type { Log } from "../../../common/log";
import type { NodeSettings } from "../settings";
import { NodeClient, NodeFailure } from "./nodeClient";
import { NodeSocket } from "./nodeSocket";

/** Milliseconds between two looks at a node, and for its answer. */
const interval = 2000;

/** Blocks that a node may be behind the others. */
const mostBehind = 10;

const lookText = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "eth_blockNumber", params: [] });

/** One node. */
export class Node {
  readonly name: string;
  readonly client: NodeClient;
  readonly socket: NodeSocket;
  /** Its latest block; undefined while it does not answer. */
  block: number | undefined;

  constructor({ name, rpc, webSocket }: NodeSettings) {
    this.name = name;
    this.client = new NodeClient(rpc);
    this.socket = new NodeSocket(webSocket);
  }
}

/** All of them. */
export class Nodes {
  readonly all: readonly Node[];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    settings: readonly NodeSettings[],
    private readonly log: Log,
  ) {
    this.all = settings.map((each) => new Node(each));
  }

  /** Looks at them from now on; returns after the first look. */
  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), interval);
    this.timer.unref();
  }

  /** The latest block that any of them has. */
  get head(): number | undefined {
    const known = this.all.flatMap(({ block }) => block ?? []);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  /** Those that answer, and are not behind the others. */
  get serving(): Node[] {
    const head = this.head;
    return head === undefined ? [] : this.all.filter(({ block }) => block !== undefined && block >= head - mostBehind);
  }

  /**
   * The node of a client: always the same while it serves, of whatever pod, so that a client finds there what it has just sent.
   * Clients are spread over all.
   *
   * @param without - those that have just failed
   */
  of(client: string, without: readonly Node[] = []): Node | undefined {
    const rank = ({ name }: Node): string => createHash("sha1").update(`${client} ${name}`).digest("hex");
    return this.serving
      .filter((node) => !without.includes(node))
      .map((node) => ({ node, rank: rank(node) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))[0]?.node;
  }

  /**
   * Sends something to the node of a client, and to another one if that fails.
   *
   * @param mayRepeat - whether it may, even if the first node could have got it
   * @throws {@link NodeFailure} when no node has answered
   */
  async post(client: string, body: string, mayRepeat: boolean): Promise<{ answer: string; node: Node }> {
    const failed: Node[] = [];
    let last = new NodeFailure("no RPC node serves at the moment", { isUnsent: true });
    for (let node = this.of(client); node !== undefined; node = this.of(client, failed)) {
      try {
        return { answer: await node.client.post(body), node };
      } catch (error) {
        last = error as NodeFailure;
        failed.push(node);
        const { isUnsent, isAway, isTooLarge } = last.circumstances;
        if (isAway) this.setBlock(node, undefined, last.message);
        if (isTooLarge || (!isUnsent && !mayRepeat) || failed.length > 1) break;
      }
    }
    throw last;
  }

  stop(): void {
    clearInterval(this.timer);
    for (const { client, socket } of this.all) {
      client.close();
      socket.close();
    }
  }

  private async look(): Promise<void> {
    await Promise.all(
      this.all.map(async (node) => {
        try {
          const { result } = JSON.parse(await node.client.look(lookText, interval)) as { result?: string };
          this.setBlock(node, Number(result ?? Number.NaN), "it tells no block");
        } catch (error) {
          this.setBlock(node, undefined, (error as Error).message);
        }
      }),
    );
  }

  private setBlock(node: Node, told: number | undefined, why: string): void {
    const block = Number.isSafeInteger(told) ? told : undefined;
    const isNew = (node.block === undefined) !== (block === undefined);
    node.block = block;
    if (!isNew) return;
    if (block === undefined) this.log.warn("A node does not answer", { node: node.name, why });
    else this.log.info("A node serves", { node: node.name, block });
  }
}
