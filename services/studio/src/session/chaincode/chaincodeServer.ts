/** What the debug peer takes for the chaincode server: it stands before the contract, and outlives it. */
import { randomUUID } from "node:crypto";

import * as grpc from "@grpc/grpc-js";
import { peer } from "@hyperledger/fabric-protos";

import type { CallRecord } from "../protocol";
import type { Question } from "./ledgerQuestions";
import { registration } from "./messages";
import { PeerStream } from "./peerStream";

/** Arguments of {@link ChaincodeServer}. */
export interface ChaincodeServerArgs {
  /** ID under which the chaincode is installed. */
  packageId: string;
  /** Waits until the contract takes connections; answers with its port. */
  contract: () => Promise<number>;
  /** Tells of calls that others have made. */
  called?: (record: CallRecord) => void;
}

/** A call that the session is about to make, or makes. */
export interface ExpectedCall {
  /** To be put into its transient data. */
  mark: string;
  /** What was seen of it; undefined if it has not come by. */
  record: () => CallRecord | undefined;
  /** It is over. */
  forget: () => void;
}

const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Serves chaincode on the loopback, to the relay that the peer's calls come by. */
export class ChaincodeServer {
  private readonly server = new grpc.Server(unlimited);
  private readonly expected = new Map<string, { record?: CallRecord; question?: Question }>();

  constructor(private readonly args: ChaincodeServerArgs) {
    this.server.addService(peer.ChaincodeService as unknown as grpc.ServiceDefinition, {
      connect: (stream: grpc.ServerDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>) => this.take(stream),
    });
  }

  /** @returns the port */
  listen(port: number): Promise<number> {
    const credentials = grpc.ServerCredentials.createInsecure();
    return new Promise((resolve, reject) => {
      this.server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  }

  /**
   * Names a call, so that it is known when it comes from the peer.
   *
   * @param question - what is asked of the ledger in place of the contract's function
   */
  expect(question?: Question): ExpectedCall {
    const mark = randomUUID();
    this.expected.set(mark, { ...(question && { question }) });
    return {
      mark,
      record: () => this.expected.get(mark)?.record,
      forget: () => this.expected.delete(mark),
    };
  }

  close(): void {
    this.server.forceShutdown();
  }

  private take(stream: grpc.ServerDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>): void {
    const { packageId, contract } = this.args;
    const between = new PeerStream({
      send: (message) => void (stream.writable && stream.write(message)),
      contract,
      recorded: (record, mark) => this.recorded(record, mark),
      question: (mark) => this.expected.get(mark)?.question,
    });
    stream.on("data", (message: peer.ChaincodeMessage) => between.receive(message));
    stream.on("error", () => between.close());
    stream.on("cancelled", () => between.close());
    stream.on("end", () => {
      between.close();
      stream.end();
    });
    stream.write(registration(packageId));
  }

  private recorded(record: CallRecord, mark: string | undefined): void {
    const own = mark === undefined ? undefined : this.expected.get(mark);
    if (own !== undefined) own.record = record;
    else this.args.called?.(record);
  }
}
