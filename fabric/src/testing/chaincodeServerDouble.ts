/** For tests: a server of chaincode as a service, which registers as the chaincode shims do. */
import { networkInterfaces } from "node:os";

import * as grpc from "@grpc/grpc-js";
import { peer } from "@hyperledger/fabric-protos";

import type { KeyPair } from "./testCertificates";

/** How the double answers. */
export interface ChaincodeServerDoubleOptions {
  /** The ID that it registers under; none to take calls without a word. */
  packageId?: string;
  /** Its TLS certificate and key; none to speak without TLS. */
  tls?: KeyPair;
  /** Root (PEM) of client certificates that it insists on. */
  clientRoot?: string;
  /** Whether it serves something else than chaincode. */
  isAnotherProgram?: boolean;
}

/** A running server; `close` it. */
export class ChaincodeServerDouble {
  /** Calls that it has taken. */
  calls = 0;

  private constructor(
    private readonly server: grpc.Server,
    readonly host: string,
    readonly port: number,
  ) {}

  static async start(options: ChaincodeServerDoubleOptions): Promise<ChaincodeServerDouble> {
    const { packageId, tls, clientRoot, isAnotherProgram } = options;
    const server = new grpc.Server();
    // eslint-disable-next-line prefer-const -- the service counts the calls of what is made after it
    let made: ChaincodeServerDouble;
    if (!isAnotherProgram) {
      server.addService(peer.ChaincodeService as unknown as grpc.ServiceDefinition, {
        connect: (stream: grpc.ServerDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>) => {
          made.calls++;
          stream.on("end", () => stream.end());
          stream.on("error", () => stream.end());
          if (packageId === undefined) return;
          const id = new peer.ChaincodeID();
          id.setName(packageId);
          const register = new peer.ChaincodeMessage();
          register.setType(peer.ChaincodeMessage.Type.REGISTER);
          register.setPayload(id.serializeBinary());
          stream.write(register);
        },
      });
    }
    const pair = tls && { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
    const credentials = pair
      ? grpc.ServerCredentials.createSsl(
          clientRoot === undefined ? null : Buffer.from(clientRoot),
          [pair],
          clientRoot !== undefined,
        )
      : grpc.ServerCredentials.createInsecure();
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("0.0.0.0:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    made = new ChaincodeServerDouble(server, ownAddress(), port);
    return made;
  }

  close(): void {
    this.server.forceShutdown();
  }
}

/** An address of this machine that Kubernetes takes for a pod's: it refuses those of the loopback. */
function ownAddress(): string {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return found.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
