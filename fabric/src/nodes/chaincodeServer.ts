/**
 * Asks a server of chaincode as a service what a peer asks it first.
 *
 * Source: Fabric documentation, "Running chaincode as an external service"; fabric-protos, peer/chaincode_shim.proto.
 */
import { connect as connectTcp, isIPv6 } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

import { type ServiceError, status as grpcStatus } from "@grpc/grpc-js";
import { peer } from "@hyperledger/fabric-protos";

import { Connection, unused } from "./connection";

/** Where a chaincode server listens, and what a peer expects there. */
export interface ChaincodeServer {
  /** Name or address. */
  host: string;
  port: number;
  /** Name that its certificate must have: the host in the package's `connection.json`. */
  serverName: string;
  /** Root certificates (PEM) in the package's `connection.json`. */
  tlsRootCertificates: string;
  /** Milliseconds that each step may take. Default 5000. */
  timeoutMs?: number;
}

/**
 * Why a peer could not call a chaincode server:
 * - `unreachable`: it has no connection, or no answer.
 * - `noTls`: the server speaks without TLS.
 * - `certificate`: its TLS certificate is not one that a peer accepts, or it wants one of the peer.
 * - `noChaincode`: no chaincode answers there.
 */
export type ChaincodeServerFault = "unreachable" | "noTls" | "certificate" | "noChaincode";

/** What a chaincode server answers: the ID that it runs under, or why a peer could not call it, in words. */
export type ChaincodeServerAnswer = { packageId: string } | { fault: ChaincodeServerFault; reason: string };

/**
 * Connects to a chaincode server as a peer does: with TLS, and by the call `Connect`, upon which the chaincode registers. Ends the
 * call then; the server goes on.
 */
export async function askChaincodeServer(server: ChaincodeServer): Promise<ChaincodeServerAnswer> {
  // gRPC would give the same few words for most of these failures.
  return (await tlsFault(server)) ?? registration(server);
}

const fault = (kind: ChaincodeServerFault, reason: string): ChaincodeServerAnswer => ({ fault: kind, reason });

const patience = ({ timeoutMs = 5000 }: ChaincodeServer): number => timeoutMs;

async function tlsFault(server: ChaincodeServer): Promise<ChaincodeServerAnswer | undefined> {
  const failed = await handshake(server);
  if (failed === undefined) return undefined;
  const { code = "", message } = failed.error;
  const wrong = certificateFault(failed.error, server.serverName);
  if (wrong !== undefined) return fault("certificate", wrong);
  if (!failed.isConnected) return fault("unreachable", `no connection (${code || message})`);
  if (await speaksPlainHttp2(server)) return fault("noTls", "it speaks without TLS");
  return fault("unreachable", `it does not answer the TLS handshake (${code || message})`);
}

interface FailedHandshake {
  error: TlsError;
  /** Whether there was a TCP connection. */
  isConnected: boolean;
}

/** What Node adds to errors of TLS connections. */
interface TlsError extends NodeJS.ErrnoException {
  cert?: { subjectaltname?: string };
}

function handshake(server: ChaincodeServer): Promise<FailedHandshake | undefined> {
  const { host, port, serverName: servername, tlsRootCertificates: ca } = server;
  return new Promise((resolve) => {
    let isConnected = false;
    const socket: TLSSocket = connectTls({ host, port, servername, ca, ALPNProtocols: ["h2"] }, () => {
      resolve(undefined);
      socket.destroy();
    });
    const late = Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });
    const timer = setTimeout(() => socket.destroy(late), patience(server));
    socket.on("connect", () => (isConnected = true));
    socket.on("error", (error: TlsError) => resolve({ error, isConnected }));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve({ error: new Error("it closes the connection"), isConnected });
    });
  });
}

/** What is wrong with a certificate: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function certificateFault({ code = "", cert }: TlsError, serverName: string): string | undefined {
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `its TLS certificate is for ${cert?.subjectaltname ?? "no name"}, not for ${serverName}`;
    case "CERT_HAS_EXPIRED":
      return "its TLS certificate has expired";
    case "CERT_NOT_YET_VALID":
      return "its TLS certificate is not valid yet";
    default:
      return /CERT|ISSUER|SIGNATURE/.test(code)
        ? `its TLS certificate was not issued by its organization's TLS CA (${code})`
        : undefined;
  }
}

/** Whether a server answers an HTTP/2 client without TLS, whose first frame must be SETTINGS (RFC 9113, section 3.4). */
function speaksPlainHttp2(server: ChaincodeServer): Promise<boolean> {
  const { host, port } = server;
  const preface = Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Buffer.from("000000040000000000", "hex"),
  ]);
  const settings = 4;
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connectTcp({ host, port }, () => socket.write(preface));
    socket.setTimeout(patience(server), () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 9) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer[3] === settings));
  });
}

/** Has the chaincode register, as it does with each peer that calls it. */
async function registration(server: ChaincodeServer): Promise<ChaincodeServerAnswer> {
  const { host, port, serverName, tlsRootCertificates } = server;
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const connection = new Connection({ name: serverName, organization: "", address, tlsRootCertificates, serverName });
  try {
    const client = new peer.ChaincodeClient(address, unused, connection.clientOptions);
    const stream = client.connect(connection.callOptions(patience(server)));
    const answer = await new Promise<ChaincodeServerAnswer>((resolve) => {
      stream.on("data", (message: peer.ChaincodeMessage) => resolve(registered(message)));
      stream.on("error", (error: ServiceError) => resolve(callFault(error)));
      stream.on("end", () => resolve(fault("noChaincode", "it ends the call without a word")));
    });
    stream.end();
    return answer;
  } finally {
    connection.close();
  }
}

function registered(message: peer.ChaincodeMessage): ChaincodeServerAnswer {
  if (message.getType() !== peer.ChaincodeMessage.Type.REGISTER) {
    return fault("noChaincode", "it says something else before it registers");
  }
  return { packageId: peer.ChaincodeID.deserializeBinary(message.getPayload_asU8()).getName() };
}

function callFault({ code, details }: ServiceError): ChaincodeServerAnswer {
  if (/certificate.required|bad.certificate/i.test(details)) {
    return fault("certificate", "it asks the peer for a TLS certificate, which the chaincode's package does not give");
  }
  if (code === grpcStatus.UNIMPLEMENTED) return fault("noChaincode", "another program than chaincode answers");
  if (code === grpcStatus.DEADLINE_EXCEEDED) return fault("noChaincode", "it takes the call, but does not register");
  return fault("unreachable", `it does not take the call (${grpcStatus[code]}: ${details})`);
}
