import { sign } from "node:crypto";

import { beforeAll, describe, expect, it } from "vitest";

import { signedText, type StudioRequest } from "../../../model/contracts/studio";
import { certificateRequest } from "../../common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../common/keys";
import { TestCa } from "../../common/testing/testCa";
import { SignedRequests } from "./requests";

const host = "studio-ada.example.com";
const privateKey = newPrivateKey();
const now = Date.now();
let ca: TestCa;
let certificate: string;

beforeAll(async () => {
  ca = await TestCa.make("ca");
  certificate = await ca.sign(await certificateRequest(parsePrivateKey(privateKey)!, "ada", []), "client");
});

function requests(): SignedRequests {
  return new SignedRequests({ host, admission: () => ({ signingRoot: ca.pem, developers: ["ada"] }), now: () => now });
}

function request(changes: Partial<StudioRequest> = {}, signedFor = host): StudioRequest {
  const asked = { action: "link" as const, at: new Date(now).toISOString(), nonce: "a".repeat(24), ...changes };
  const signature = sign("sha256", Buffer.from(signedText(signedFor, asked)), privateKey).toString("base64");
  return { certificate, signature, ...asked };
}

describe("a signed request", () => {
  it("counts once", () => {
    const all = requests();
    expect(all.check(JSON.stringify(request()))).toMatchObject({ action: "link" });
    expect(all.check(JSON.stringify(request()))).toEqual({ refusal: "the request was made before" });
    expect(all.check(JSON.stringify(request({ nonce: "b".repeat(24) })))).toMatchObject({ action: "link" });
  });

  it.each([
    ["for another gate", () => request({}, "studio-bob.example.com"), "the signature is not of the certificate's key"],
    [
      "with another action than was signed",
      () => ({ ...request(), action: "close" }),
      "the signature is not of the certificate's key",
    ],
    [
      "of three minutes ago",
      () => request({ at: new Date(now - 180_000).toISOString() }),
      `the request is of ${new Date(now - 180_000).toISOString()}, and it is ${new Date(now).toISOString()} here: set the clock`,
    ],
    [
      "without a certificate",
      () => request({ certificate: "none" }),
      "the certificate or the signature cannot be read",
    ],
    ["with too little at random", () => request({ nonce: "a" }), "this is no request of the command baas studio"],
    ["with another action", () => request({ action: "rm" as "link" }), "this is no request of the command baas studio"],
    ["that is none", () => null, "this is no request of the command baas studio"],
  ])("is refused %s", (_, asked, refusal) => {
    expect(requests().check(JSON.stringify(asked()))).toEqual({ refusal });
  });

  it("is refused without JSON", () => {
    expect(requests().check("")).toEqual({ refusal: "this is no request of the command baas studio" });
  });
});
