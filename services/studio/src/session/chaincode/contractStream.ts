/** A stream to the contract, on which the session is what a peer is to chaincode. */
import * as grpc from "@grpc/grpc-js";
import { peer } from "@hyperledger/fabric-protos";

import { message, Type } from "./messages";

/** Longest wait for a contract that has taken a connection to register, in milliseconds. */
const patience = 20_000;

const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** What happens on a stream. */
export interface ContractEvents {
  said(message: peer.ChaincodeMessage): void;
  /** The contract has ended, or the connection to it. */
  lost(reason: string): void;
}

/** An open stream to a contract that has registered. */
export class ContractStream {
  private constructor(
    private readonly client: peer.ChaincodeClient,
    private readonly stream: grpc.ClientDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>,
  ) {}

  /**
   * Opens a stream.
   *
   * @param port - of the contract on the loopback
   * @param parameters - what the peer has said of itself when the chaincode registered
   */
  static async open(port: number, parameters: Uint8Array, events: ContractEvents): Promise<ContractStream> {
    const client = new peer.ChaincodeClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), unlimited);
    const opened = new ContractStream(client, client.connect());
    const { stream } = opened;
    const registered = Promise.withResolvers<void>();
    const lost = (reason: string): void => {
      opened.close();
      registered.reject(new Error(reason));
      events.lost(reason);
    };
    stream.on("error", (error: grpc.ServiceError) => lost(`the contract has ended its connection (${error.details})`));
    stream.on("end", () => lost("the contract has ended its connection"));
    stream.on("data", (each: peer.ChaincodeMessage) => {
      if (each.getType() === Type.KEEPALIVE) return;
      if (each.getType() !== Type.REGISTER) return events.said(each);
      opened.send(message(Type.REGISTERED, { payload: parameters }));
      opened.send(message(Type.READY));
      registered.resolve();
    });
    const timer = setTimeout(() => lost("the contract does not register"), patience);
    try {
      await registered.promise;
    } finally {
      clearTimeout(timer);
    }
    return opened;
  }

  send(each: peer.ChaincodeMessage): void {
    this.stream.write(each);
  }

  close(): void {
    this.stream.cancel();
    this.client.close();
  }
}
