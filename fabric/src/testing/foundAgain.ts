/** For tests of clients that stay: whether they find a node again that was restarted. */
import { afterEach, beforeEach, expect, it } from "vitest";

import { MovingNode } from "./movingNode";

/** A client of a node. */
export interface TriedClient {
  call(): Promise<unknown>;
  close(): void;
}

/** Declares the tests. */
export function itIsFoundAgain(what: string, connect: (node: MovingNode) => TriedClient): void {
  let node: MovingNode;
  let client: TriedClient;
  const call = (): Promise<unknown> => client.call();

  beforeEach(async () => {
    node = await MovingNode.start();
    client = connect(node);
    await node.secondsUntil(call);
  });
  afterEach(() => {
    client.close();
    node.stop();
  });

  it(`a ${what} that was restarted at another address is found before half a minute is over`, async () => {
    node.restart();
    expect(await node.secondsUntil(call)).toBeLessThan(25);
  });

  it(`a ${what} that has vanished without a word, and is at another address, is found within two minutes`, async () => {
    node.vanish();
    expect(await node.secondsUntil(call)).toBeLessThan(120);
  });

  it(`a ${what} that did not answer a try to connect while it restarted is found before half a minute is over`, async () => {
    node.restartWithoutAnswer();
    expect(await node.secondsUntil(call)).toBeLessThan(25);
  });
}
