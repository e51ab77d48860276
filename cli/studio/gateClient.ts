/** Asks the gate of a studio's session, as the developer whose session it is. */
import { randomBytes, sign } from "node:crypto";
import { request } from "node:https";

import {
  signedText,
  type StudioAction,
  type StudioAnswer,
  studioPaths,
  type StudioRequest,
} from "../../model/contracts/studio";
import { UserError } from "../../model/userError";
import type { Developer } from "../connection/developer";

/** Who asks, and where the network is reached. */
export type Asking = Pick<Developer, "address" | "port" | "tlsRoot" | "certificate" | "privateKey">;

/** Longest wait for an answer, in milliseconds. */
const patience = 150_000;

/**
 * Asks a gate.
 *
 * @param host - its name outside the cluster
 * @throws {@link UserError} with the gate's reason, if it refuses
 */
export async function askGate(
  host: string,
  action: StudioAction,
  asking: Asking,
  signal?: AbortSignal,
): Promise<StudioAnswer> {
  const { certificate, privateKey } = asking;
  const asked = { action, at: new Date().toISOString(), nonce: randomBytes(18).toString("base64url") };
  const signature = sign("sha256", Buffer.from(signedText(host, asked)), privateKey).toString("base64");
  const body: StudioRequest = { ...asked, certificate, signature };
  const { status, text } = await post(host, asking, JSON.stringify(body), signal);
  if (status !== 200) throw new UserError(`${host} refuses: ${text.trim().slice(0, 500)}`);
  return JSON.parse(text) as StudioAnswer;
}

function post(
  host: string,
  { address, port, tlsRoot }: Asking,
  body: string,
  signal: AbortSignal | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({
      ...{ host: address, port, servername: host, ca: tlsRoot, method: "POST", path: studioPaths.requests },
      headers: {
        host: `${host}:${port}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
      agent: false,
      // A container that has just been closed may take some time to be there again.
      timeout: patience,
      ...(signal && { signal }),
    });
    asked.on("response", (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => void chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode!, text: Buffer.concat(chunks).toString() }));
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${patience / 1000} s`)));
    asked.on("error", (error) =>
      reject(new UserError(`${host} does not answer at ${address}:${port}: ${error.message}`)),
    );
    asked.end(body);
  });
}
