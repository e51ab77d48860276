/** For tests: orderers and peers that speak the real gRPC services over TLS and answer what a test says. */
import * as grpc from "@grpc/grpc-js";
import { common, orderer, peer } from "@hyperledger/fabric-protos";

import type { NodeEndpoint } from "../nodes/connection";
import { Orderer } from "../nodes/orderer";
import { Peer } from "../nodes/peer";
import { pemSigner, type Signer } from "../signer";
import { openEnvelope } from "../wire/envelope";
import { TestCa } from "./testCertificates";

type Status = common.StatusMap[keyof common.StatusMap];

/** What a broadcast is answered with; default: success, and the transaction goes to all peers. */
export type BroadcastAnswer = { status: Status; info?: string } | "hang up";

/** One network of doubles: what an orderer accepts becomes a block of every peer. */
export class Doubles {
  readonly ca = new TestCa("doubles");
  readonly signer: Signer;
  private readonly pair = this.ca.issue("node");
  private readonly servers: grpc.Server[] = [];
  private readonly closers: (() => void)[] = [];
  private readonly deliverers = new Set<(transactionId: string) => void>();
  /** Validation code of every transaction that is ordered. */
  validationCode: peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap] = peer.TxValidationCode.VALID;

  constructor() {
    this.signer = pemSigner("Org1MSP", this.pair.certificate, this.pair.key);
  }

  /** An orderer; `answers` are used up one by one, then it accepts everything. */
  async orderer(name: string, answers: BroadcastAnswer[] = []): Promise<Orderer & { received: number }> {
    const counted = { received: 0 };
    const service = {
      broadcast: (stream: grpc.ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>) => {
        stream.on("data", (envelope: common.Envelope) => {
          counted.received++;
          const answer = answers.shift() ?? { status: common.Status.SUCCESS };
          if (answer === "hang up") return stream.emit("error", { code: grpc.status.UNAVAILABLE, details: "gone" });
          const response = new orderer.BroadcastResponse();
          response.setStatus(answer.status);
          response.setInfo(answer.info ?? "");
          stream.write(response);
          if (answer.status !== common.Status.SUCCESS) return;
          const { header } = openEnvelope(envelope.serializeBinary());
          for (const deliver of this.deliverers) deliver(header.getTxId());
        });
        stream.on("end", () => stream.end());
      },
      deliver: () => {},
    };
    const endpoint = await this.serve(name, [[orderer.AtomicBroadcastService, service]]);
    const made = new Orderer(endpoint, this.signer);
    this.closers.push(() => made.close());
    return Object.defineProperty(made, "received", { get: () => counted.received }) as Orderer & { received: number };
  }

  /**
   * A peer.
   *
   * @param result - what it computes for every proposal; an `Error` to refuse with its message
   * @param events - what its event stream does when a transaction comes. Default: deliver it.
   */
  async peer(name: string, result: string | Error, events: "deliver" | "break" | "silent" = "deliver"): Promise<Peer> {
    const organization = name.split("-")[1] ?? name;
    const endorser = {
      processProposal: (
        _call: grpc.ServerUnaryCall<peer.SignedProposal, peer.ProposalResponse>,
        callback: grpc.sendUnaryData<peer.ProposalResponse>,
      ) => {
        const response = new peer.Response();
        response.setStatus(result instanceof Error ? 500 : 200);
        if (result instanceof Error) response.setMessage(result.message);
        const answer = new peer.ProposalResponse();
        answer.setResponse(response);
        answer.setPayload(Buffer.from(String(result)));
        answer.setEndorsement(new peer.Endorsement());
        callback(null, answer);
      },
    };
    const deliverer = {
      deliver: () => {},
      deliverWithPrivateData: () => {},
      deliverFiltered: (stream: grpc.ServerDuplexStream<common.Envelope, peer.DeliverResponse>) => {
        const send = (number: number, transactionId?: string) => {
          const block = new peer.FilteredBlock();
          block.setNumber(number);
          if (transactionId !== undefined) {
            const transaction = new peer.FilteredTransaction();
            transaction.setTxid(transactionId);
            transaction.setTxValidationCode(this.validationCode);
            block.addFilteredTransactions(transaction);
          }
          const message = new peer.DeliverResponse();
          message.setFilteredBlock(block);
          stream.write(message);
        };
        const deliver = (transactionId: string) => {
          if (events === "break") stream.emit("error", { code: grpc.status.UNAVAILABLE, details: "stopped" });
          if (events === "deliver") send(8, transactionId);
        };
        stream.on("data", () => send(7));
        this.deliverers.add(deliver);
        stream.on("cancelled", () => this.deliverers.delete(deliver));
      },
    };
    const endpoint = await this.serve(name, [
      [peer.EndorserService, endorser],
      [peer.DeliverService, deliverer],
    ]);
    const made = new Peer({ ...endpoint, organization }, this.signer);
    this.closers.push(() => made.close());
    return made;
  }

  close(): void {
    this.closers.forEach((close) => close());
    this.servers.forEach((server) => server.forceShutdown());
    this.ca.close();
  }

  private async serve(name: string, services: [object, grpc.UntypedServiceImplementation][]): Promise<NodeEndpoint> {
    const server = new grpc.Server();
    this.servers.push(server);
    for (const [service, implementation] of services) {
      server.addService(service as grpc.ServiceDefinition, implementation);
    }
    const pair = { cert_chain: Buffer.from(this.pair.certificate), private_key: Buffer.from(this.pair.key) };
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createSsl(null, [pair]);
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    return {
      name,
      organization: name,
      address: `localhost:${port}`,
      tlsRootCertificates: this.ca.certificate,
      timeoutMs: 2000,
    };
  }
}
