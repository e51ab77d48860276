/** A gRPC connection to a node over TLS. */
import { createHash, X509Certificate } from "node:crypto";

import * as grpc from "@grpc/grpc-js";

import { invalidArgument } from "../errors";
import { openChannel } from "./channel";

/** Where a peer or orderer listens for clients. */
export interface NodeEndpoint {
  /** Name of the node, for messages. */
  name: string;
  /** Name of its organization, for messages. */
  organization: string;
  /** `host:port`. */
  address: string;
  /** Root certificates (PEM) that the node's TLS certificate is checked with. */
  tlsRootCertificates: string;
  /** Certificate and private key (PEM), for nodes that ask clients for a TLS certificate. */
  clientTls?: { certificate: string; key: string };
  /** Name that the node's certificate must have. Default: the host of the address. */
  serverName?: string;
  /** Milliseconds that a request may take. Default 30 000. */
  timeoutMs?: number;
}

const megabyte = 1024 * 1024;

/** An open connection; `close` it. */
export class Connection {
  readonly channel: grpc.ChannelInterface;
  /** What binds signed requests to this connection; present with mutual TLS only. */
  readonly tlsCertificateHash?: Uint8Array;

  constructor(readonly endpoint: NodeEndpoint) {
    const { tlsRootCertificates, clientTls, serverName } = endpoint;
    let credentials: grpc.ChannelCredentials;
    try {
      credentials = grpc.credentials.createSsl(
        Buffer.from(tlsRootCertificates),
        clientTls && Buffer.from(clientTls.key),
        clientTls && Buffer.from(clientTls.certificate),
      );
      this.tlsCertificateHash =
        clientTls && createHash("sha256").update(new X509Certificate(clientTls.certificate).raw).digest();
    } catch (cause) {
      throw invalidArgument(`connecting to ${endpoint.name}`, `its TLS settings do not parse (${String(cause)})`);
    }
    this.channel = openChannel(endpoint.address, credentials, {
      // Blocks and chaincode packages are larger than gRPC expects; Fabric's own limit is 100 MB.
      "grpc.max_receive_message_length": 100 * megabyte,
      "grpc.max_send_message_length": 100 * megabyte,
      ...(serverName === undefined
        ? {}
        : { "grpc.ssl_target_name_override": serverName, "grpc.default_authority": serverName }),
    });
  }

  /** Options that let a generated client share this connection. */
  get clientOptions(): grpc.ClientOptions {
    return { channelOverride: this.channel };
  }

  /** Options of one call: when it gives up. */
  callOptions(timeoutMs = this.endpoint.timeoutMs ?? 30_000): grpc.CallOptions {
    return { deadline: Date.now() + timeoutMs };
  }

  /** Closes the connection. Calls under way end with an error. */
  close(): void {
    this.channel.close();
  }
}

/** Credentials for a generated client with a given channel. Its constructor requires them, but does not use them. */
export const unused = grpc.credentials.createInsecure();
