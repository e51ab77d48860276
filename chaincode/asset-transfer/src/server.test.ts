import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { selfSigned } from "./testing/certificate";

const root = dirname(__dirname);
// The very gRPC and message types that the server uses.
const shimRequire = createRequire(require.resolve("fabric-shim"));
const grpc = shimRequire("@grpc/grpc-js");
const { peer, msp, common } = shimRequire("@hyperledger/fabric-protos");

const { cert, key } = selfSigned();
const folder = mkdtempSync(join(tmpdir(), "asset-transfer-"));
const environment = {
  PATH: process.env.PATH,
  CHAINCODE_ID: "asset-transfer_1.0:abcdef",
  CHAINCODE_TLS_KEY_FILE: join(folder, "key.pem"),
  CHAINCODE_TLS_CERT_FILE: join(folder, "cert.pem"),
};
let port: number;

function start(env: Record<string, string | undefined>): { process: ChildProcess; output: () => string } {
  let output = "";
  const child = spawn(process.execPath, [join(root, "dist/main.js")], { env, cwd: folder });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  return { process: child, output: () => output };
}

beforeAll(async () => {
  // The compiled program, because that is what the image runs, and only the compiler knows the decorators' types.
  execFileSync(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", join(root, "tsconfig.build.json")]);
  writeFileSync(environment.CHAINCODE_TLS_KEY_FILE, key);
  writeFileSync(environment.CHAINCODE_TLS_CERT_FILE, cert);
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  port = (probe.address() as AddressInfo).port;
  probe.close();
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe("a running server", () => {
  let server: ReturnType<typeof start>;

  beforeAll(async () => {
    server = start({ ...environment, CHAINCODE_SERVER_ADDRESS: `127.0.0.1:${port}` });
    for (;;) {
      if (server.process.exitCode !== null) throw new Error(server.output());
      try {
        (await handshake()).destroy();
        return;
      } catch {
        await sleep(50);
      }
    }
  }, 60_000);

  afterAll(() => void server.process.kill("SIGKILL"));

  async function handshake(): Promise<TLSSocket> {
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca: cert, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    return socket;
  }

  test("shows its certificate and asks for none", async () => {
    const socket = await handshake();
    expect(socket.authorized).toBe(true);
    expect(socket.alpnProtocol).toBe("h2");
    expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(new X509Certificate(cert).fingerprint256);
    socket.destroy();
  });

  test("answers nothing without TLS", async () => {
    const client = new peer.ChaincodeClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const stream = client.connect();
    const error: any = await new Promise((resolve) => stream.on("error", resolve));
    expect(error.code).toBe(grpc.status.UNAVAILABLE);
    client.close();
  });

  test("registers with a peer under its package ID and runs transactions for it", async () => {
    const peerNode = new PeerDouble(port);
    expect(await peerNode.registration).toBe(environment.CHAINCODE_ID);

    expect(await peerNode.invoke("CreateAsset", "a1", "Ada", "a boat", "100")).toEqual({
      status: 200,
      message: "",
      payload: '{"description":"a boat","id":"a1","owner":"Ada","value":100}',
    });
    expect(peerNode.state.get("a1")).toBe('{"description":"a boat","id":"a1","owner":"Ada","value":100}');
    expect(await peerNode.invoke("AssetExists", "a1")).toMatchObject({ status: 200, payload: "true" });
    expect(await peerNode.invoke("AssetTransfer:CreateAsset", "a1", "Bob", "", "1")).toMatchObject({
      status: 500,
      message: 'Asset "a1" already exists',
    });
    expect(await peerNode.invoke("CreateAsset", "a2", "Ada", "", "")).toMatchObject({
      status: 500,
      message: 'Argument "value" must be a whole number from 0 to 9007199254740991; got no number',
    });
    peerNode.close();
  });

  test("describes its functions", async () => {
    const peerNode = new PeerDouble(port);
    const { payload } = await peerNode.invoke("org.hyperledger.fabric:GetMetadata");
    const { contracts, components, info } = JSON.parse(payload);
    expect(info).toEqual({ title: "@baas/asset-transfer", version: "1.0.0" });

    const { transactions } = contracts.AssetTransfer;
    const signatures = transactions.map(
      ({ name, parameters, tag, returns }: any) =>
        `${tag[0]} ${name}(${parameters.map((p: any) => `${p.name}: ${p.schema.type}`).join(", ")})` +
        ` ${(returns?.$ref ?? returns?.items?.$ref ?? returns?.type ?? "nothing").replace("#/components/schemas/", "")}`,
    );
    expect(signatures).toEqual([
      "SUBMIT CreateAsset(id: string, owner: string, description: string, value: number) Asset",
      "EVALUATE ReadAsset(id: string) Asset",
      "SUBMIT UpdateAsset(id: string, description: string, value: number) Asset",
      "SUBMIT TransferAsset(id: string, newOwner: string) Asset",
      "SUBMIT MoveValue(fromId: string, toId: string, amount: number) nothing",
      "SUBMIT DeleteAsset(id: string) nothing",
      "EVALUATE AssetExists(id: string) boolean",
      "EVALUATE GetAssetHistory(id: string) HistoryEntry",
      "EVALUATE GetAssetsByRange(startKey: string, endKey: string, pageSize: number, bookmark: string) AssetPage",
    ]);
    expect(transactions.flatMap((t: any) => t.parameters).filter((p: any) => !p.description)).toEqual([]);
    expect(Object.keys(components.schemas).sort()).toEqual(["Asset", "AssetPage", "HistoryEntry"]);
    expect(components.schemas.Asset.properties).toEqual({
      description: { type: "string" },
      id: { type: "string" },
      owner: { type: "string" },
      value: { type: "number" },
    });
    peerNode.close();
  });

  test("ends on SIGTERM, after the transaction that is running", async () => {
    const peerNode = new PeerDouble(port);
    await peerNode.invoke("AssetExists", "a1");
    peerNode.answersAfter = 300;
    const response = peerNode.invoke("CreateAsset", "a1", "Ada", "a boat", "100");
    await sleep(100);
    server.process.kill("SIGTERM");
    expect(await response).toMatchObject({ status: 200 });
    expect(await once(server.process, "exit")).toEqual([0, null]);
    peerNode.close();
  });
});

describe("a server that cannot start", () => {
  const complete = { ...environment, CHAINCODE_SERVER_ADDRESS: "127.0.0.1:1" };

  test.each([
    ["CHAINCODE_SERVER_ADDRESS", undefined, "is not set"],
    ["CHAINCODE_SERVER_ADDRESS", "9999", "is not host:port: 9999"],
    ["CHAINCODE_ID", "", "is not set"],
    ["CHAINCODE_TLS_KEY_FILE", undefined, "is not set"],
    ["CHAINCODE_TLS_CERT_FILE", "/none.pem", "cannot be read: ENOENT"],
  ])("names %s=%s", async (variable, value, reason) => {
    const server = start({ ...complete, [variable]: value });
    const [code] = await once(server.process, "close");
    expect([code, server.output()]).toEqual([1, expect.stringContaining(`asset-transfer: ${variable} ${reason}`)]);
  });
});

test("the image's lock file has no registry in it and the dependencies of package.json", () => {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(lock).not.toContain('"resolved"');
  expect(JSON.parse(lock).packages[""]).toMatchObject({ dependencies, devDependencies });
});

type Response = { status: number; message: string; payload: string };

/** The peer's end of a chaincode stream, with a state in memory. */
class PeerDouble {
  readonly state = new Map<string, string>();
  /** The package ID that the server registered under. */
  readonly registration: Promise<string>;
  /** Milliseconds until a read is answered. */
  answersAfter = 0;
  private readonly client;
  private readonly stream;
  private transactions = 0;
  private completed: (response: Response) => void = () => {};

  constructor(port: number) {
    this.client = new peer.ChaincodeClient(`localhost:${port}`, grpc.credentials.createSsl(Buffer.from(cert)));
    this.stream = this.client.connect();
    this.stream.on("error", () => {}); // how a cancelled stream ends
    this.registration = new Promise((resolve) => {
      this.stream.on("data", (message: any) => this.receive(message, resolve));
    });
  }

  async invoke(name: string, ...args: string[]): Promise<Response> {
    await this.registration;
    const input = new peer.ChaincodeInput();
    input.setArgsList([name, ...args].map((arg) => Buffer.from(arg)));
    const response = new Promise<Response>((resolve) => (this.completed = resolve));
    this.send(peer.ChaincodeMessage.Type.TRANSACTION, input.serializeBinary(), `tx${++this.transactions}`);
    return await response;
  }

  close(): void {
    this.stream.cancel();
    this.client.close();
  }

  private receive(message: any, registered: (name: string) => void): void {
    const { Type } = peer.ChaincodeMessage;
    const payload = message.getPayload_asU8();
    switch (message.getType()) {
      case Type.REGISTER:
        registered(peer.ChaincodeID.deserializeBinary(payload).getName());
        this.send(Type.REGISTERED);
        this.send(Type.READY);
        break;
      case Type.GET_STATE: {
        const key = peer.GetState.deserializeBinary(payload).getKey();
        const value = Buffer.from(this.state.get(key) ?? "");
        setTimeout(() => this.send(Type.RESPONSE, value, message.getTxid()), this.answersAfter);
        break;
      }
      case Type.PUT_STATE: {
        const write = peer.PutState.deserializeBinary(payload);
        this.state.set(write.getKey(), Buffer.from(write.getValue_asU8()).toString());
        this.send(Type.RESPONSE, undefined, message.getTxid());
        break;
      }
      case Type.COMPLETED: {
        const response = peer.Response.deserializeBinary(payload);
        this.completed({
          status: response.getStatus(),
          message: response.getMessage(),
          payload: Buffer.from(response.getPayload_asU8()).toString(),
        });
        break;
      }
      case Type.ERROR:
        this.completed({ status: 0, message: Buffer.from(payload).toString(), payload: "" });
    }
  }

  private send(type: number, payload?: Uint8Array, txId?: string): void {
    const message = new peer.ChaincodeMessage();
    message.setType(type);
    message.setChannelId("trades");
    if (payload) message.setPayload(payload);
    if (txId) {
      message.setTxid(txId);
      message.setProposal(proposal(txId));
    }
    this.stream.write(message);
  }
}

/** A client's proposal, as far as the shim looks into it. */
function proposal(txId: string): unknown {
  const creator = new msp.SerializedIdentity();
  creator.setMspid("Org1MSP");
  creator.setIdBytes(Buffer.from(cert));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(creator.serializeBinary());
  signatureHeader.setNonce(Buffer.from(txId));
  const channelHeader = new common.ChannelHeader();
  channelHeader.setChannelId("trades");
  channelHeader.setTxId(txId);
  const header = new common.Header();
  header.setSignatureHeader(signatureHeader.serializeBinary());
  header.setChannelHeader(channelHeader.serializeBinary());
  const unsigned = new peer.Proposal();
  unsigned.setHeader(header.serializeBinary());
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(Buffer.from(txId));
  unsigned.setPayload(payload.serializeBinary());
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(unsigned.serializeBinary());
  signed.setSignature(Buffer.from("unchecked"));
  return signed;
}
