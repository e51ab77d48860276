/** For tests: a peer with Fabric's Gateway service and event services, on real gRPC with TLS, that fails as it is told. */
import * as grpc from "@grpc/grpc-js";
import { common, discovery, gateway, google, peer } from "@hyperledger/fabric-protos";

import { type DiscoveringPeer, serveDiscovery } from "./discoveryDouble.ts";
import { creatorOf, endorsed, invocationOfProposal, isSignedByCreator } from "./envelopes.ts";
import { serveBlocks, serveChaincodeEvents, serveFilteredBlocks, type StreamingPeer, toBlock } from "./eventsDouble.ts";
import type { LedgerDouble } from "./ledgerDouble.ts";
import type { KeyPair } from "./testCertificates.ts";

/** Methods of the Gateway service. */
export type Method = "evaluate" | "endorse" | "submit" | "commitStatus";

/** How a call fails. */
export type Fault =
  /** An answer in place of the work; with `commits`, after the proposal was committed by somebody else. */
  | {
      code: grpc.status;
      message?: string;
      details?: { address: string; mspId: string; message: string }[];
      commits?: boolean;
    }
  /** The work is done, then the answer is lost: the client sees this code, or none until its deadline. */
  | { lost: "answer" | "without a word"; code?: grpc.status }
  /** The peer never gets the request, and the client no answer. */
  | { lost: "request" };

type Answer = Exclude<Fault, { lost: unknown }>;
type Unary<Q, A> = grpc.handleUnaryCall<Q, A>;

/** One peer. It has a fixed address, also after a restart. */
export class GatewayDouble implements StreamingPeer, DiscoveringPeer {
  /** The next faults, by method. Without one, a call succeeds. */
  readonly faults: Record<Method, Fault[]> = { evaluate: [], endorse: [], submit: [], commitStatus: [] };
  /** A fault of every call. */
  constantFault: Fault | undefined;
  /** The fault of a call that none of the above is for. */
  faultFor: (method: Method) => Fault | undefined = () => undefined;
  /** Calls by method. */
  readonly calls: Record<Method, number> = { evaluate: 0, endorse: 0, submit: 0, commitStatus: 0 };
  /** IDs of the transactions that it was given to submit. */
  readonly submitted: string[] = [];
  /** Organizations of the last call. */
  organizations: string[] = [];
  /** Calls at work, and the most of them at a time. */
  active = 0;
  mostActive = 0;
  streams = 0;
  openedStreams = 0;
  refusesStreams: { code: grpc.status; message: string } | undefined;
  /** Root (PEM) of client certificates that it insists on, from its next start on. */
  clientRoot: string | undefined;
  known: string[] | undefined;
  /** How often it was asked for peers. */
  discovered = 0;
  /** What the chaincode says about its functions. */
  metadata: object | undefined;
  /** Whether it checks signatures, which costs more than all its other work. */
  verifies = true;
  /** Certificate (PEM) of who made the last proposal. */
  creator = "";
  port = 0;
  private server: grpc.Server | undefined;
  private ending = new AbortController();

  private constructor(
    private readonly ledger: LedgerDouble,
    private readonly tls: KeyPair,
  ) {}

  static async start(ledger: LedgerDouble, tls: KeyPair): Promise<GatewayDouble> {
    const double = new GatewayDouble(ledger, tls);
    await double.restart();
    return double;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Ends at once, with all connections. */
  stop(): void {
    this.ending.abort();
    this.server?.forceShutdown();
    this.server = undefined;
  }

  /** Starts again, at the same address. */
  async restart(): Promise<void> {
    this.ending = new AbortController();
    const server = new grpc.Server();
    const { ledger } = this;
    const { signal } = this.ending;
    server.addService(gateway.GatewayService as unknown as grpc.ServiceDefinition, {
      evaluate: this.serve("evaluate", (request: gateway.EvaluateRequest) => this.evaluate(request)),
      endorse: this.serve("endorse", (request: gateway.EndorseRequest) => this.endorse(request)),
      submit: this.serve("submit", (request: gateway.SubmitRequest) => this.submit(request)),
      commitStatus: this.serve("commitStatus", (request: gateway.SignedCommitStatusRequest, signal) =>
        this.commitStatus(request, signal),
      ),
      chaincodeEvents: serveChaincodeEvents(this, ledger, signal),
    });
    server.addService(peer.DeliverService as unknown as grpc.ServiceDefinition, {
      deliver: serveBlocks(this, ledger, signal),
      deliverFiltered: serveFilteredBlocks(this, ledger, signal),
      deliverWithPrivateData: () => {},
    });
    server.addService(discovery.DiscoveryService as unknown as grpc.ServiceDefinition, {
      discover: (...call: Parameters<ReturnType<typeof serveDiscovery>>) => {
        this.discovered++;
        serveDiscovery(this)(...call);
      },
    });
    const { certificate, key } = this.tls;
    const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
    this.port = await new Promise<number>((resolve, reject) => {
      const root = this.clientRoot === undefined ? null : Buffer.from(this.clientRoot);
      const credentials = grpc.ServerCredentials.createSsl(root, [pair], root !== null);
      server.bindAsync(this.address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
    this.server = server;
  }

  private serve<Q, A>(method: Method, work: (request: Q, signal: AbortSignal) => Promise<A>): Unary<Q, A> {
    return (call, answer) => {
      this.calls[method]++;
      this.active++;
      this.mostActive = Math.max(this.mostActive, this.active);
      const fault = this.faults[method].shift() ?? this.constantFault ?? this.faultFor(method);
      const end = (...result: Parameters<typeof answer>): void => {
        this.active--;
        answer(...result);
      };
      const signal = AbortSignal.any([this.ending.signal, cancelled(call)]);
      if (fault && "lost" in fault) {
        if (fault.lost !== "request") work(call.request, signal).catch(() => {});
        signal.addEventListener("abort", () => this.active--, { once: true });
        if (fault.lost === "answer") end(failure({ code: fault.code ?? grpc.status.UNAVAILABLE }));
        return;
      }
      if (fault) {
        if (fault.commits) this.ledger.order(endorsed(proposalOf(call.request), "").getPreparedTransaction()!);
        return end(failure(fault));
      }
      work(call.request, signal).then(
        (value) => end(null, value),
        (error) => end("code" in error ? error : failure({ code: grpc.status.INTERNAL, message: error.message })),
      );
    };
  }

  private async evaluate(request: gateway.EvaluateRequest): Promise<gateway.EvaluateResponse> {
    const proposal = this.checked(request.getProposedTransaction()!);
    this.organizations = request.getTargetOrganizationsList();
    const { functionName, args, chaincode } = invocationOfProposal(proposal);
    if (this.isMissing(functionName, args))
      throw failure({ code: grpc.status.UNKNOWN, message: "chaincode response 500, there is no such asset" });
    const answer = new peer.Response();
    answer.setStatus(200);
    answer.setPayload(this.answerOf(chaincode, functionName, args));
    const response = new gateway.EvaluateResponse();
    response.setResult(answer);
    return response;
  }

  private answerOf(chaincode: string, functionName: string, args: readonly string[]): Buffer {
    if (chaincode === "qscc" && functionName !== "GetChainInfo") return this.blockOf(functionName, args[1]!);
    if (functionName === "org.hyperledger.fabric:GetMetadata") return Buffer.from(JSON.stringify(this.metadata ?? {}));
    if (chaincode !== "qscc") return Buffer.from(this.ledger.state.get(args[0]!) ?? `${functionName}:${args.join()}`);
    const info = new common.BlockchainInfo();
    info.setHeight(this.ledger.blocks.length);
    return Buffer.from(info.serializeBinary());
  }

  /** The block that the system chaincode finds: by its number, or by a transaction. */
  private blockOf(functionName: string, wanted: string): Buffer {
    const found = this.ledger.blocks.find(({ number, transactions }) =>
      functionName === "GetBlockByNumber"
        ? number === Number(wanted)
        : transactions.some(({ txID }) => txID === wanted),
    );
    if (found) return Buffer.from(toBlock(found).serializeBinary());
    throw failure({
      code: grpc.status.UNKNOWN,
      message: `chaincode response 500, Failed to get block ${wanted}, error no such entry found in index`,
    });
  }

  private async endorse(request: gateway.EndorseRequest): Promise<gateway.EndorseResponse> {
    const proposal = this.checked(request.getProposedTransaction()!);
    this.organizations = request.getEndorsingOrganizationsList();
    const { functionName, args } = invocationOfProposal(proposal);
    if (this.isMissing(functionName, args)) {
      const details = [
        { address: this.address, mspId: "Org1MSP", message: "chaincode response 500, there is no such asset" },
      ];
      throw failure({ code: grpc.status.ABORTED, message: "failed to endorse transaction", details });
    }
    return endorsed(proposal, `${functionName}:${args.join()}`);
  }

  /** Whether a function needs an asset that there is not. */
  private isMissing(functionName: string, [asset]: readonly string[]): boolean {
    return /^(Read|Transfer)Asset$/.test(functionName) && !this.ledger.state.has(asset!);
  }

  private checked(proposal: peer.SignedProposal): peer.SignedProposal {
    const bytes = proposal.getProposalBytes_asU8();
    const header = common.Header.deserializeBinary(peer.Proposal.deserializeBinary(bytes).getHeader_asU8());
    this.creator = Buffer.from(creatorOf(header).getIdBytes_asU8()).toString();
    if (!this.verifies || isSignedByCreator(header, bytes, proposal.getSignature_asU8())) return proposal;
    throw failure({ code: grpc.status.INVALID_ARGUMENT, message: "bad signature of the proposal" });
  }

  private async submit(request: gateway.SubmitRequest): Promise<gateway.SubmitResponse> {
    const envelope = request.getPreparedTransaction()!;
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const signature = envelope.getSignature_asU8();
    if (this.verifies && !isSignedByCreator(payload.getHeader()!, envelope.getPayload_asU8(), signature))
      throw failure({ code: grpc.status.ABORTED, message: "bad signature of the transaction" });
    this.submitted.push(request.getTransactionId());
    this.ledger.order(envelope);
    return new gateway.SubmitResponse();
  }

  private async commitStatus(signed: gateway.SignedCommitStatusRequest, signal: AbortSignal) {
    const request = gateway.CommitStatusRequest.deserializeBinary(signed.getRequest_asU8());
    const outcome = await this.ledger.outcome(request.getTransactionId(), signal);
    if (outcome === undefined) throw failure({ code: grpc.status.UNAVAILABLE, message: "the peer stops" });
    const response = new gateway.CommitStatusResponse();
    response.setResult(outcome.code as never);
    response.setBlockNumber(outcome.block);
    return response;
  }
}

function proposalOf(request: unknown): peer.SignedProposal {
  return (request as gateway.EndorseRequest).getProposedTransaction()!;
}

function cancelled(call: grpc.ServerUnaryCall<any, any>): AbortSignal {
  const controller = new AbortController();
  call.on("cancelled", () => controller.abort());
  return controller.signal;
}

function failure({ code, message = "as the test wants it", details = [] }: Answer) {
  const metadata = new grpc.Metadata();
  if (details.length > 0) metadata.set("grpc-status-details-bin", Buffer.from(statusOf(code, details)));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

function statusOf(code: number, details: readonly { address: string; mspId: string; message: string }[]): Uint8Array {
  const status = new google.rpc.Status();
  status.setCode(code);
  for (const { address, mspId, message } of details) {
    const detail = new gateway.ErrorDetail();
    detail.setAddress(address);
    detail.setMspId(mspId);
    detail.setMessage(message);
    const any = status.addDetails();
    any.setTypeUrl("type.googleapis.com/gateway.ErrorDetail");
    any.setValue(detail.serializeBinary());
  }
  return status.serializeBinary();
}
