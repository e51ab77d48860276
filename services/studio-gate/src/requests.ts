/** Requests of the command `baas studio`, which a developer signs with the key of her certificate. */
import { verify, X509Certificate } from "node:crypto";

import { signedText, studioActions, type StudioRequest } from "../../../model/contracts/studio";
import { type Admission, admitted } from "../../common/developers";

/** How far the clocks of both sides may differ, in milliseconds. */
const tolerance = 2 * 60_000;

/** Arguments of {@link SignedRequests}. */
export interface SignedRequestsArgs {
  /** Name of the gate, which is signed, too. */
  host: string;
  admission: () => Admission;
  now?: () => number;
}

/** Tells requests of the developer from others. Each counts once. */
export class SignedRequests {
  /** Times at which requests are too old to be seen again, in milliseconds, by what is random in them. */
  private readonly seen = new Map<string, number>();

  constructor(private readonly args: SignedRequestsArgs) {}

  /** @returns the request, or why it is refused */
  check(text: string): StudioRequest | { refusal: string } {
    const { host, admission, now = Date.now } = this.args;
    const request = parsed(text);
    if (request === undefined) return { refusal: "this is no request of the command baas studio" };
    const at = Date.parse(request.at);
    if (!(Math.abs(at - now()) <= tolerance))
      return {
        refusal: `the request is of ${request.at}, and it is ${new Date(now()).toISOString()} here: set the clock`,
      };
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(request.certificate);
      const signature = Buffer.from(request.signature, "base64");
      if (!verify("sha256", Buffer.from(signedText(host, request)), certificate.publicKey, signature))
        return { refusal: "the signature is not of the certificate's key" };
    } catch {
      return { refusal: "the certificate or the signature cannot be read" };
    }
    const caller = admitted(certificate, admission(), new Date(now()));
    if ("refusal" in caller) return caller;
    for (const [nonce, end] of this.seen) if (end < now()) this.seen.delete(nonce);
    if (this.seen.has(request.nonce)) return { refusal: "the request was made before" };
    this.seen.set(request.nonce, at + 2 * tolerance);
    return request;
  }
}

function parsed(text: string): StudioRequest | undefined {
  let value: Partial<Record<keyof StudioRequest, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { action, at, nonce, certificate, signature } = value;
  const isWhole = [at, nonce, certificate, signature].every((each) => typeof each === "string" && each.length < 10_000);
  const known = studioActions.find((each) => each === action);
  if (!isWhole || known === undefined || (nonce as string).length < 16) return undefined;
  return { action: known, at, nonce, certificate, signature } as StudioRequest;
}
