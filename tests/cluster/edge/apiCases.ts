/** Tests of the API server behind a real gateway, and of autoscalers; see gateway.test.ts. Its peers are doubles that it cannot call. */
import { X509Certificate } from "node:crypto";

import { describe, expect, it, vi } from "vitest";

import { clientFolder, cryptoDir, nodeFiles } from "../../../model/contracts/enrolment";
import { roleLabel } from "../../../model/contracts/labels";
import { parsePrivateKey } from "../../../services/common/keys";
import { TestCa } from "../../../services/common/testing/testCa";
import { ask } from "../../edge/clients";
import { callerAnswer, clientPair } from "./callers";
import type { EdgeNetwork } from "./edgeNetwork";
import { RemoteProbe } from "./remoteProbe";

const patience = { timeout: 90_000, interval: 500 };
const looks = "/v1/submissions/7b1ad4d0-2f0c-4e0e-9d3c-111111111111";
const metadata = "/v1/channels/other/chaincodes/none/metadata";
const unauthenticated = (detail: string) => [401, { status: 401, code: "UNAUTHENTICATED", detail }];
const refused = (why: string) => unauthenticated(`You are not who you say: ${why}.`);

/**
 * @param network - with an API server that takes certificates of its organizations, acts as its client `app`, and has a role for
 *   alice of org1 and the channel main
 */
export function apiCases(network: () => EdgeNetwork): void {
  it("answers behind the gateway: what everyone may know, and who is missing a token", async () => {
    const { apiHost: servername } = network().gateway;
    const askFor = async (path: string) => {
      const { status, body } = await ask(network().address, { path, servername, ca: network().authority("org1").pem });
      return [status, JSON.parse(body)];
    };
    expect(await askFor("/openapi.json")).toMatchObject([200, { openapi: "3.1.0" }]);
    for (const file of [nodeFiles.signingCertificate, nodeFiles.signingKey]) before[file] = await read(network(), file);
    expect(await askFor("/v1/submissions/none")).toMatchObject([401, { code: "UNAUTHENTICATED" }]);
  });

  describe("has callers with client certificates, who", () => callerCases(network));
}

const folder = `${cryptoDir}/${clientFolder("app")}/`;
/** Reads a file of the client identity `app` in the server's pod. */
const read = (network: EdgeNetwork, file: string) =>
  network.kubectl("exec", "api-0", "-c", "keeper", "--", "cat", folder + file);
/** What there was before other tests, which take about as long as a renewal. */
const before: Record<string, string> = {};

/** That its client identity is renewed, after {@link apiCases} and some time. */
export function renewalCases(network: () => EdgeNetwork): void {
  it("has the certificates of its client identities renewed in its pod, with the keys made there", async () => {
    const { signingCertificate, signingKey } = nodeFiles;
    const present = () => read(network(), signingCertificate);
    await vi.waitFor(async () => expect(await present()).not.toBe(before[signingCertificate]), patience);
    const certificate = new X509Certificate(await present());
    expect(certificate.subject).toMatch(/\bCN=app$/);
    expect(certificate.checkPrivateKey(parsePrivateKey(before[signingKey]!)!)).toBe(true);
  });
}

/** @param network - whose gateway may get more pods */
export function autoscalerCases(network: () => EdgeNetwork): void {
  it("find what they scale", async () => {
    // Without the cluster's metrics server they go no further.
    await vi.waitFor(async () => {
      const { items } = JSON.parse(await network().kubectl("get", "horizontalpodautoscalers", "-o", "json"));
      const found = items.map(({ metadata, status }: any) => [
        metadata.name,
        status.conditions?.find(({ type }: any) => type === "AbleToScale")?.reason,
        status.currentReplicas,
      ]);
      expect(found).toEqual([["gateway", "SucceededGetScale", network().gateway.replicas]]);
    }, patience);
  });
}

function callerCases(network: () => EdgeNetwork): void {
  const mayNot = (why: string) => [
    403,
    { status: 403, code: "FORBIDDEN", detail: `You may not read chaincode none on channel other: ${why}.` },
  ];
  const org1 = () => network().authority("org1");

  it("are let in with one that counts, and are known by it", async () => {
    const [status, { code }] = await callerAnswer(network(), looks, await clientPair(org1(), "alice"));
    expect([status, code]).toEqual([404, "NOT_FOUND"]);
    await vi.waitFor(async () => {
      const lines = (await network().kubectl("logs", "api-0", "-c", "api")).trim().split("\n");
      const entries = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
      const audit = entries.filter(({ message }) => message === "audit");
      expect(audit.at(-1)).toMatchObject({ caller: "certificate:org1/CN=alice,OU=client", status: 404 });
    }, patience);
  });

  it("are refused with one that has expired, that another CA has issued, and without one", async () => {
    const day = { from: -2, until: -1 };
    const answers = [
      await callerAnswer(network(), looks, await clientPair(org1(), "alice", day)),
      await callerAnswer(network(), looks, await clientPair(await TestCa.make("elsewhere"), "alice")),
      await callerAnswer(network(), looks, await clientPair(await TestCa.make("tlsca.org1.dev.example.com"), "alice")),
      await callerAnswer(network(), looks),
    ];
    expect(answers).toEqual([
      refused("the certificate has expired"),
      refused("no CA that counts here has issued the certificate"),
      refused("the certificate does not count here"),
      unauthenticated("Say who you are: show a client certificate of one of the CAs that count here."),
    ]);
  });

  it("are not who they say by the headers of the gateway", async () => {
    const alice = await clientPair(org1(), "alice");
    const headers = { "x-baas-client-certificate": new X509Certificate(alice.cert).raw.toString("base64") };
    const bob = await clientPair(org1(), "bob");
    expect(await callerAnswer(network(), metadata, { ...bob, headers })).toEqual(mayNot("you have no role"));
    const [status, { code }] = await callerAnswer(network(), looks, { name: network().gateway.apiHost, headers });
    expect([status, code]).toEqual([401, "UNAUTHENTICATED"]);
    expect(await callerAnswer(network(), metadata, alice)).toEqual(mayNot("your roles are reader"));
  });

  it("are refused as soon as the list of revoked certificates in the pod has theirs", async () => {
    const mallory = await clientPair(org1(), "mallory");
    expect((await callerAnswer(network(), looks, mallory))[0]).toBe(404);
    await network().revoke("org1", [mallory.cert]);
    await vi.waitFor(
      async () => expect(await callerAnswer(network(), looks, mallory)).toEqual(refused("the certificate was revoked")),
      patience,
    );
    expect((await callerAnswer(network(), looks, await clientPair(org1(), "alice")))[0]).toBe(404);
  });

  it("come through the gateway: the server lets in nobody else, also from the gateway's own pods", async () => {
    const [[gateway], [server]] = await Promise.all([
      network().gatewayPods(),
      network().list("pod", `,${roleLabel}=api`),
    ]);
    const probe = await RemoteProbe.inPod(network().cluster, "dev", gateway!.metadata.name, "keeper");
    const where = {
      host: server!.status!.podIP as string,
      port: 8444,
      servername: "api.dev.svc",
      path: "/openapi.json",
    };
    expect(await probe.ask(where)).toMatchObject({ status: 0 });
    expect(await probe.ask({ ...where, ...(await clientPair(org1(), "peer0")) })).toMatchObject({ status: 0 });
    expect(await probe.ask({ ...where, ...(await clientPair(org1(), "gateway")) })).toMatchObject({ status: 200 });
  });
}
