import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { BlockchainClient } from "../client.ts";
import type { ConfigurationInput } from "../configuration/schema.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import { pemSigner } from "../identity/identity.ts";
import { SniProxyDouble } from "../testing/sniProxyDouble.ts";
import { TestOrganization } from "../testing/testOrganization.ts";

let organization: TestOrganization;
const clients: BlockchainClient[] = [];

beforeEach(async () => {
  organization = await TestOrganization.start();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  organization.close();
});

/** A client with a file of settings, which it looks at often. */
async function connectByFile(
  more: Partial<ConfigurationInput> = {},
  options: ConnectOptions = {},
): Promise<BlockchainClient> {
  write(more);
  const client = await connect(organization.path("client.yaml"), options);
  clients.push(client);
  return client;
}
const write = (more: Partial<ConfigurationInput>) =>
  organization.writeConfiguration("client.yaml", { refreshInterval: "20ms", ...more });
const addresses = (client: BlockchainClient) => client.peers().map(({ address }) => address);
const evaluate = (client: BlockchainClient, count: number) =>
  Promise.all(Array.from({ length: count }, () => client.evaluate("Read", ["a"])));
const served = () => organization.peers.map(({ calls }) => calls.evaluate);

describe("a change of the configuration file needs no restart", () => {
  it("new peers get their share, and those that are gone get no calls", async () => {
    const [first, second] = organization.peers.map(({ address }) => address);
    const client = await connectByFile();
    const { address } = await organization.addPeer();
    write({ peers: [second!, address] });
    await expect.poll(() => addresses(client)).toEqual([second, address]);
    await evaluate(client, 10);
    expect(served()).toEqual([0, 5, 5]);
    expect(addresses(client)).not.toContain(first);
  });

  it("calls under way to a peer that is gone end well", async () => {
    organization.ledger.batchTime = 1e6;
    const client = await connectByFile();
    const handle = await client.submitAsync("Put", ["a", "b"]);
    const serving = organization.peers.findIndex(({ submitted }) => submitted.length > 0);
    await expect.poll(() => organization.peers[serving]!.calls.commitStatus).toBe(1);
    write({ peers: [organization.peers[1 - serving]!.address] });
    await expect.poll(() => addresses(client)).toHaveLength(1);
    organization.ledger.cut();
    expect(await handle.wait()).toMatchObject({ txID: handle.txID });
    expect(organization.peers.map(({ calls }) => calls.commitStatus).sort()).toEqual([0, 1]);
  });

  it("a call whose peer goes after the endorsement is sent by another one", async () => {
    const { user } = organization.certificates;
    const signer = pemSigner("Org1MSP", user.certificate, user.key);
    let signed = 0;
    const sign = async (message: Uint8Array) => {
      // After the proposal comes the transaction.
      if (++signed === 2) {
        const serving = organization.peers.findIndex(({ calls }) => calls.endorse > 0);
        write({ peers: [organization.peers[1 - serving]!.address] });
        await expect.poll(() => addresses(client)).toHaveLength(1);
      }
      return signer.sign(message);
    };
    const client: BlockchainClient = await connectByFile({}, { signer: { ...signer, sign } });
    await client.submit("Put", ["a", "b"]);
    expect(organization.peers.map(({ calls }) => calls.endorse + calls.commitStatus)).toEqual([1, 1]);
  });

  it("a mistake in it leaves things as they are, and is logged", async () => {
    const logged: string[] = [];
    const log = (message: string) => void logged.push(message);
    diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.WARN);
    const client = await connectByFile();
    organization.write("client.yaml", "channel: [");
    await expect.poll(() => logged[0]).toMatch(/^@baas\/client: configuration: client.yaml is not YAML/);
    diag.disable();
    await evaluate(client, 2);
    expect(served()).toEqual([1, 1]);
  });

  it("a renewed certificate is used from then on", async () => {
    const client = await connectByFile();
    await evaluate(client, 1);
    const { user, other } = organization.certificates;
    expect(organization.peers[0]!.creator).toBe(user.certificate);
    organization.write("key.pem", other.key);
    organization.write("cert.pem", other.certificate);
    await expect
      .poll(async () => {
        await evaluate(client, 2);
        return organization.peers.map(({ creator }) => creator);
      })
      .toEqual([other.certificate, other.certificate]);
  });
});

describe("with discovery", () => {
  const everywhere = (known: string[] | undefined) => organization.peers.forEach((peer) => (peer.known = known));

  it("a client that knows one peer calls all of its organization, as they come and go", async () => {
    const [first, second] = organization.peers.map(({ address }) => address);
    everywhere([first!, second!].sort());
    const client = await connectByFile({ peers: [first!], discovery: true });
    await expect.poll(() => addresses(client)).toEqual([first, second].sort());
    await evaluate(client, 10);
    expect(served()).toEqual([5, 5]);
    everywhere([second!]);
    await expect.poll(() => addresses(client)).toEqual([second]);
  });

  it("peers that cannot be reached from here are not called", async () => {
    const [first] = organization.peers.map(({ address }) => address);
    everywhere([first!, "127.0.0.1:1"]);
    const client = await connectByFile({ peers: [first!], discovery: true });
    await expect.poll(() => organization.peers[0]!.discovered, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(addresses(client)).toEqual([first]);
  });

  it("a client calls the peers of its configuration, where none of them says more", async () => {
    everywhere(undefined);
    const client = await connectByFile({ discovery: true });
    await expect.poll(() => organization.peers[0]!.discovered).toBeGreaterThan(1);
    await evaluate(client, 10);
    expect(served()).toEqual([5, 5]);
  });
});

describe("through the one port of a gateway", () => {
  let proxy: SniProxyDouble;
  beforeEach(async () => {
    proxy = await SniProxyDouble.start();
    organization.peers.forEach((peer, i) => proxy.routes.set(`peer${i}.org1.test`, () => peer.port));
  });
  afterEach(() => proxy.stop());

  it("peers are called by their names, which need no DNS", async () => {
    const peers = ["peer0.org1.test:443", "peer1.org1.test:443"];
    const client = await connectByFile({ peers, gateway: proxy.address });
    await evaluate(client, 10);
    expect(served()).toEqual([5, 5]);
  });

  it("a gateway has several addresses, of which the first that answers is taken", async () => {
    const peers = ["peer0.org1.test:443", "peer1.org1.test:443"];
    const client = await connectByFile({ peers, gateway: ["127.0.0.1:1", proxy.address] });
    await evaluate(client, 10);
    expect(served()).toEqual([5, 5]);
  });

  it("a peer with another's name is not trusted", async () => {
    proxy.routes.set("peer9.org1.test", () => organization.peers[0]!.port);
    const client = await connectByFile({ peers: ["peer9.org1.test:443"], gateway: proxy.address });
    const asked = client.evaluate("Read", ["a"], { timeouts: { total: 2000 } });
    await expect(asked).rejects.toThrow(/Hostname\/IP does not match certificate's altnames/);
  });
});

describe("with mutual TLS", () => {
  it("a client shows its certificate", async () => {
    const { root, other } = organization.certificates;
    for (const peer of organization.peers) {
      peer.stop();
      peer.clientRoot = root;
      await peer.restart();
    }
    const stranger = await connectByFile();
    await expect(stranger.evaluate("Read", ["a"], { timeouts: { total: 300 } })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    organization.write("tls-cert.pem", other.certificate);
    organization.write("tls-key.pem", other.key);
    const client = await connectByFile({
      tlsIdentity: { certificate: organization.path("tls-cert.pem"), privateKey: organization.path("tls-key.pem") },
    });
    await evaluate(client, 2);
    expect(served()).toEqual([1, 1]);
  });
});
