/** For tests: a node whose pod is restarted, so that its name leads to another address; it speaks gRPC over TLS. */
import dns from "node:dns";
import net, { connect, createServer, type Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import * as grpc from "@grpc/grpc-js";
import { peer } from "@hyperledger/fabric-protos";
import { vi } from "vitest";

import { TestCa } from "./testCertificates";

/** Before a restart, and after it. */
const addresses = ["127.0.0.2", "127.0.0.3"];

/** A peer that endorses everything, behind one of two addresses. Replaces the name service and the clock of this process. */
export class MovingNode {
  private readonly sockets = new Set<Socket>();
  private readonly relays: Server[] = [];
  private isLost = false;
  private current = 0;

  private constructor(
    private readonly ca: TestCa,
    private readonly server: grpc.Server,
    private readonly port: number,
  ) {}

  static async start(): Promise<MovingNode> {
    const ca = new TestCa("moving");
    const { certificate, key } = ca.issue("node");
    const server = new grpc.Server();
    const processProposal: grpc.handleUnaryCall<peer.SignedProposal, peer.ProposalResponse> = (_, answer) => {
      const response = new peer.Response();
      response.setStatus(200);
      const proposalResponse = new peer.ProposalResponse();
      proposalResponse.setResponse(response);
      answer(null, proposalResponse);
    };
    server.addService(peer.EndorserService as unknown as grpc.ServiceDefinition, { processProposal });
    const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createSsl(null, [pair]);
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    const node = new MovingNode(ca, server, port);
    for (const address of addresses) await node.relay(address);
    vi.spyOn(dns.promises, "lookup").mockImplementation(
      async () => [{ address: addresses[node.current]!, family: 4 }] as never,
    );
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    return node;
  }

  get address(): string {
    return `localhost:${this.port}`;
  }

  get tlsRootCertificates(): string {
    return this.ca.certificate;
  }

  /** Its process ends, and with it its connections; later it is at the other address. */
  restart(): void {
    this.current = 1;
    for (const socket of this.sockets) socket.destroy();
    this.relays[0]!.close();
  }

  /** Like {@link restart}, but nothing answers the first try to connect again. */
  restartWithoutAnswer(): void {
    vi.spyOn(net, "connect").mockImplementationOnce(() => new Socket());
    this.restart();
  }

  /** Its machine fails: whatever is sent to its old address is lost. It is started at the other address. */
  vanish(): void {
    this.current = 1;
    this.isLost = true;
    this.relays[0]!.close();
  }

  /** How many seconds pass until a call succeeds that is made again and again. */
  async secondsUntil(call: () => Promise<unknown>): Promise<number> {
    let isDone = false;
    const seconds = { passed: 0 };
    const calling = (async () => {
      while (!isDone && seconds.passed < 600) {
        await call().then(
          () => (isDone = true),
          () => sleep(1),
        );
      }
    })();
    for (; !isDone && seconds.passed < 600; seconds.passed++) {
      await vi.advanceTimersByTimeAsync(1000);
      await sleep(15);
    }
    await calling;
    return seconds.passed;
  }

  stop(): void {
    vi.useRealTimers();
    vi.restoreAllMocks();
    for (const socket of this.sockets) socket.destroy();
    for (const relay of this.relays) relay.close();
    this.server.forceShutdown();
    this.ca.close();
  }

  /** Listens at an address, and passes on what arrives. */
  private async relay(address: string): Promise<void> {
    const relay = createServer((client) => {
      const node = connect(this.port, "127.0.0.1");
      for (const [from, to] of [
        [client, node],
        [node, client],
      ] as const) {
        this.sockets.add(from);
        from.on("data", (data) => {
          if (!this.isLost || address === addresses[1]) to.write(data);
        });
        from.on("close", () => to.destroy());
        from.on("error", () => {});
      }
    });
    this.relays.push(relay);
    await new Promise<void>((resolve) => relay.listen(this.port, address, resolve));
  }
}
