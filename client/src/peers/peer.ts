/** A gateway peer: its connection, the calls of Fabric's Gateway service there, and how it has been doing. */
import { createHash } from "node:crypto";

import * as grpc from "@grpc/grpc-js";
import { connect, type Gateway, hash } from "@hyperledger/fabric-gateway";

import type { Connection } from "../configuration/configurationFile.ts";
import { type Signer, SignerFailure } from "../identity/identity.ts";
import { openChannel, type PersistentChannel } from "./channel.ts";

/** Limits of one call to a peer. */
export interface CallLimits {
  /** Milliseconds from now. */
  timeout: number;
  signal?: AbortSignal;
}

/** What a client knows of a gateway peer. */
export interface PeerState {
  /** Host and port. */
  address: string;
  /** `ejected`: it has failed several times, and gets no calls for a while. `trying`: one call tries whether it is well again. */
  state: "well" | "ejected" | "trying";
  /** Calls that were made to it. */
  calls: number;
  /** Those of them that failed because of the peer or of the way to it. */
  failures: number;
  /** Calls that it has not answered yet. */
  inFlight: number;
}

/** One gateway peer of the organization. */
export class Peer {
  calls = 0;
  failures = 0;
  inFlight = 0;
  /** Calls it as the services that it has. */
  readonly client: grpc.Client;
  private readonly channel: PersistentChannel;
  private readonly closing = new AbortController();
  /** Signatures of messages that are about to be sent. */
  private readonly signed = new WeakMap<Uint8Array, Uint8Array>();
  private connected: Gateway;
  private signer: Signer;

  constructor(
    readonly address: string,
    connection: Connection,
  ) {
    const { target, credentials, options } = dial(address, connection);
    this.channel = openChannel(target, credentials, options);
    this.client = new grpc.Client(target, credentials, {
      channelOverride: this.channel,
      interceptors: [endWithSignal],
    });
    this.signer = connection.signer;
    this.connected = this.login(connection);
  }

  /** Aborted when the client calls the peer no more. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Its Gateway service. */
  get gateway(): Gateway {
    return this.connected;
  }

  /** Whether it takes a connection in this time, in milliseconds. */
  isReady(timeout: number): Promise<boolean> {
    return new Promise((resolve) => this.client.waitForReady(Date.now() + timeout, (error) => resolve(!error)));
  }

  /** Calls it by a new connection from now on. */
  reconnect(): void {
    this.channel.reconnect();
  }

  /** Calls as another identity from now on. */
  renew(connection: Connection): void {
    this.signer = connection.signer;
    this.connected = this.login(connection);
  }

  /**
   * Signs a message. Its gateway does not sign the same one (the same object) again.
   *
   * @throws {@link SignerFailure}
   */
  async sign(message: Uint8Array): Promise<Uint8Array> {
    const signature = this.signed.get(message) ?? (await signWith(this.signer, message));
    this.signed.set(message, signature);
    return signature;
  }

  close(): void {
    this.closing.abort();
    this.client.close();
  }

  private login({ signer, tlsIdentity }: Connection): Gateway {
    return connect({
      client: this.client,
      identity: { mspId: signer.mspId, credentials: Buffer.from(signer.certificate) },
      // The signer hashes itself: OpenSSL does both in one step.
      hash: hash.none,
      signer: async (message) => this.signed.get(message) ?? signWith(signer, message),
      ...(tlsIdentity && { tlsClientCertificateHash: certificateHash(tlsIdentity.certificate) }),
    });
  }
}

async function signWith(signer: Signer, message: Uint8Array): Promise<Uint8Array> {
  try {
    return await signer.sign(message);
  } catch (cause) {
    throw new SignerFailure(cause);
  }
}

/** Options of a call with these limits. */
export function callOptions({ timeout, signal }: CallLimits): grpc.CallOptions & { deadline: number } {
  return { deadline: Date.now() + timeout, signal } as grpc.CallOptions & { deadline: number };
}

/** Fabric ties event streams under mutual TLS to the client's certificate. */
function certificateHash(certificate: string): Uint8Array {
  const der = Buffer.from(certificate.replace(/-----[^-]+-----/g, ""), "base64");
  return createHash("sha256").update(der).digest();
}

/** Where to connect to, and which server to expect there. */
function dial(address: string, { configuration, tlsRoots, tlsIdentity }: Connection) {
  const pair = tlsIdentity && [Buffer.from(tlsIdentity.privateKey), Buffer.from(tlsIdentity.certificate)];
  const credentials = grpc.credentials.createSsl(Buffer.from(tlsRoots), ...((pair ?? []) as [Buffer, Buffer]));
  const via = [configuration.gateway ?? []].flat();
  if (via.length === 0) return { target: address, credentials, options: {} };
  const host = address.slice(0, address.lastIndexOf(":"));
  const options = { "grpc.ssl_target_name_override": host, "grpc.default_authority": address };
  return { target: targetOf(via), credentials, options };
}

/** Several addresses are tried in order, which gRPC does for IP addresses only. */
function targetOf(via: readonly string[]): string {
  if (via.length === 1) return via[0]!;
  const family = via.every((each) => each.startsWith("[")) ? "ipv6" : "ipv4";
  return `${family}:${via.join(",")}`;
}

/** Cancels a call when its option `signal` is aborted. A wrapper around the call would cost as much again as all of this. */
const endWithSignal: grpc.Interceptor = (options, nextCall) => {
  const { signal } = options as { signal?: AbortSignal };
  const call = nextCall(options) as grpc.InterceptingCall;
  if (signal === undefined) return call;
  const cancel = (): void => call.cancelWithStatus(grpc.status.CANCELLED, "the call was aborted");
  const start = call.start.bind(call);
  call.start = (metadata, listener) => {
    signal.addEventListener("abort", cancel, { once: true });
    start(metadata, {
      ...listener,
      onReceiveStatus: (status) => {
        signal.removeEventListener("abort", cancel);
        listener?.onReceiveStatus?.(status);
      },
    });
    if (signal.aborted) cancel();
  };
  return call;
};
