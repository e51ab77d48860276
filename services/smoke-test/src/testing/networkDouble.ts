/** Peers for tests, over gRPC, which answer what a test has them answer. */
import { generateKeyPairSync } from "node:crypto";

import * as grpc from "@grpc/grpc-js";
import { common, gateway, google, peer } from "@hyperledger/fabric-protos";
import { Any } from "google-protobuf/google/protobuf/any_pb";

import { type Identity, Peer } from "../peer";

/** An error that a peer answers with, with what each endorser said. */
export interface ErrorDouble {
  code: grpc.status;
  message: string;
  endorsers?: readonly string[];
}

interface Transaction {
  code: Code;
  blockNumber: number;
}

type Code = peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap];

/** What a peer double answers in place of what it should, one after the other, at each of its services. */
export interface Script {
  endorse: ErrorDouble[];
  /** Errors after the transaction was ordered, or, with `lost`, instead of it. */
  submit: (ErrorDouble & { lost?: boolean })[];
  commitStatus: ErrorDouble[];
  /** Of the chaincode, not of its definition. */
  query: ErrorDouble[];
  /** Version that this peer has committed, where it is not that of the network. */
  committedVersion?: string;
}

/**
 * Peers in this process with one ledger behind them: their Gateway and Endorser services, over gRPC. Their chaincode stores
 * what functions starting with `Create` and `Transfer` are given, under the first argument, and returns it with any other.
 */
export class NetworkDouble {
  /** IDs of the transactions that were ordered, in their order. */
  readonly ordered: string[] = [];
  /** Validation codes of the next transactions; then all are valid. */
  readonly codes: Code[] = [];
  /** Version of the committed chaincode definition; undefined before there is one. */
  committedVersion: string | undefined = "1.0";
  private readonly identity: Identity = {
    mspId: "Org1MSP",
    certificate: "a certificate",
    key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  };
  private readonly transactions = new Map<string, Transaction>();
  private readonly endorsed = new Map<string, string[]>();
  private readonly state = new Map<string, string>();
  private readonly servers: grpc.Server[] = [];
  private readonly peers: Peer[] = [];

  /** Adds a peer, such as `peer0-org1`. */
  async peer(name: string, { lag = 0, answer }: { lag?: number; answer?: string } = {}) {
    const script: Script = { endorse: [], submit: [], commitStatus: [], query: [] };
    const server = new grpc.Server();
    this.servers.push(server);
    server.addService(gateway.GatewayService, this.gatewayService(script, lag));
    server.addService(peer.EndorserService, this.endorserService(script, answer));
    const credentials = grpc.ServerCredentials.createInsecure();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    const endpoint = { organization: name.split("-")[1]!, name, address: `127.0.0.1:${port}` };
    const client = new Peer(endpoint, grpc.credentials.createInsecure(), this.identity);
    this.peers.push(client);
    return Object.assign(client, { script, stop: () => server.forceShutdown() });
  }

  stop(): void {
    for (const client of this.peers) client.close();
    for (const server of this.servers) server.forceShutdown();
  }

  private gatewayService(script: Script, lag: number): grpc.UntypedServiceImplementation {
    return {
      evaluate: unary<gateway.EvaluateRequest, gateway.EvaluateResponse>(() => {
        throw { code: grpc.status.UNIMPLEMENTED, message: "every peer is asked itself" };
      }),
      endorse: unary<gateway.EndorseRequest, gateway.EndorseResponse>((request) => {
        throwNext(script.endorse);
        const signed = request.getProposedTransaction()!;
        const { header, args } = readProposal(signed);
        this.endorsed.set(request.getTransactionId(), args);
        const response = new gateway.EndorseResponse();
        response.setPreparedTransaction(envelope(header));
        return response;
      }),
      submit: unary<gateway.SubmitRequest, gateway.SubmitResponse>((request) => {
        const [next] = script.submit;
        if (next?.lost !== true) this.order(request.getTransactionId());
        throwNext(script.submit);
        return new gateway.SubmitResponse();
      }),
      commitStatus: unary<gateway.SignedCommitStatusRequest, gateway.CommitStatusResponse>(async (signed, call) => {
        throwNext(script.commitStatus);
        await new Promise((resolve) => setTimeout(resolve, lag));
        const request = gateway.CommitStatusRequest.deserializeBinary(signed.getRequest_asU8());
        const found = this.transactions.get(request.getTransactionId());
        if (found === undefined) {
          // A peer waits for what it does not know yet.
          await new Promise((resolve) => call.on("cancelled", resolve));
          throw { code: grpc.status.CANCELLED, message: "cancelled" };
        }
        const response = new gateway.CommitStatusResponse();
        response.setResult(found.code);
        response.setBlockNumber(found.blockNumber);
        return response;
      }),
      chaincodeEvents: () => {},
    };
  }

  private endorserService(script: Script, answer?: string): grpc.UntypedServiceImplementation {
    return {
      processProposal: unary<peer.SignedProposal, peer.ProposalResponse>((signed) => {
        const { chaincode, args } = readProposal(signed);
        if (chaincode === "_lifecycle") return definition(script.committedVersion ?? this.committedVersion);
        throwNext(script.query);
        const value = answer ?? this.state.get(args[1]!);
        if (value !== undefined) return proposalResponse(200, value);
        return proposalResponse(500, `"${args[1]}" does not exist`, "payload");
      }),
    };
  }

  private order(transactionId: string): void {
    const code = this.codes.shift() ?? peer.TxValidationCode.VALID;
    this.ordered.push(transactionId);
    this.transactions.set(transactionId, { code, blockNumber: 6 + this.ordered.length });
    const [name, id, ...rest] = this.endorsed.get(transactionId)!;
    if (code === peer.TxValidationCode.VALID) this.state.set(id!, [name, ...rest].join(" "));
  }
}

function unary<Request, Response>(
  answer: (request: Request, call: grpc.ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void (async () => {
      try {
        callback(null, await answer(call.request, call));
      } catch (error) {
        callback(serviceError(error as ErrorDouble));
      }
    })();
  };
}

function throwNext(errors: ErrorDouble[]): void {
  const next = errors.shift();
  if (next !== undefined) throw next;
}

function serviceError({ code, message, endorsers = [] }: ErrorDouble): Partial<grpc.StatusObject> {
  const status = new google.rpc.Status();
  status.setDetailsList(
    endorsers.map((said, i) => {
      const detail = new gateway.ErrorDetail();
      detail.setAddress(`peer0-org${i + 1}:7051`);
      detail.setMspId(`Org${i + 1}MSP`);
      detail.setMessage(said);
      const any = new Any();
      any.setValue(detail.serializeBinary());
      return any;
    }),
  );
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code, details: message, metadata };
}

function readProposal(signed: peer.SignedProposal) {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec()!;
  const args = spec
    .getInput()!
    .getArgsList_asU8()
    .map((arg) => Buffer.from(arg).toString());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  return { header, chaincode: spec.getChaincodeId()!.getName(), args };
}

function definition(version: string | undefined): peer.ProposalResponse {
  if (version === undefined) return proposalResponse(404, "namespace asset is not defined");
  const result = new peer.lifecycle.QueryChaincodeDefinitionResult();
  result.setVersion(version);
  return proposalResponse(200, result.serializeBinary());
}

/** What a gateway makes of a proposal, as far as its client looks into it. */
function envelope(header: common.Header): common.Envelope {
  const responsePayload = new peer.ProposalResponsePayload();
  const chaincodeAction = new peer.ChaincodeAction();
  chaincodeAction.setResponse(new peer.Response());
  responsePayload.setExtension$(chaincodeAction.serializeBinary());
  const endorsedAction = new peer.ChaincodeEndorsedAction();
  endorsedAction.setProposalResponsePayload(responsePayload.serializeBinary());
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setAction(endorsedAction);
  const action = new peer.TransactionAction();
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.addActions(action);
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(transaction.serializeBinary());
  const result = new common.Envelope();
  result.setPayload(payload.serializeBinary());
  return result;
}

function proposalResponse(status: number, content: string | Uint8Array, payload = ""): peer.ProposalResponse {
  const response = new peer.Response();
  response.setStatus(status);
  if (status === 200) response.setPayload(Buffer.from(content));
  else response.setMessage(String(content));
  const result = new peer.ProposalResponse();
  result.setResponse(response);
  result.setPayload(Buffer.from(payload));
  return result;
}
