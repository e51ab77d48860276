/** Calls of the network from a session, as the API server takes them: by the debug peer, as the gate's own identity. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { type BlockchainClient, isClientError } from "@baas/client";

import { type StudioEnds, studioEndsPath, type StudioGateSettings } from "../../../model/contracts/studio";
import { messageOf } from "../../common/failure";
import { bodyOf } from "../../common/requestBody";
import type { GitRemote } from "./gitRemote";

/** Arguments of {@link networkCalls}. */
export interface NetworkCallsArgs {
  /** What may be called. */
  calls: StudioGateSettings["calls"];
  /** When the session ends at the latest, in ISO 8601. */
  until: () => string | undefined;
  /** The way to a repository. */
  remote?: Pick<GitRemote, "takes" | "answer"> | undefined;
  client: () => Promise<Pick<BlockchainClient, "evaluate" | "submit">>;
}

/** Longest request, in bytes. */
const longest = 4 * 2 ** 20;

interface Call {
  function: string;
  arguments?: string[];
  transient?: Record<string, string>;
}

/** A server for connections from the session. It listens to nothing itself. */
export function networkCalls(args: NetworkCallsArgs): Server {
  const server = createServer((request, response) => {
    if (args.remote?.takes(request)) return void args.remote.answer(request, response);
    void answer(args, request, response).catch((error: unknown) => refuse(response, 500, messageOf(error)));
  });
  // A call takes as long as somebody looks at a breakpoint.
  return Object.assign(server, { requestTimeout: 0, headersTimeout: 0, timeout: 0, keepAliveTimeout: 0 });
}

async function answer({ calls, client, until }: NetworkCallsArgs, request: IncomingMessage, response: ServerResponse) {
  const end = until();
  if (request.method === "GET" && request.url === studioEndsPath && end !== undefined)
    return send(response, 200, { until: end } satisfies StudioEnds);
  const [, channel, chaincode, kind] =
    /^\/v1\/channels\/([^/]+)\/chaincodes\/([^/]+)\/(evaluate|submit)$/.exec(request.url ?? "") ?? [];
  if (request.method !== "POST" || kind === undefined) return refuse(response, 404, "there is no such call");
  if (decodeURIComponent(channel!) !== calls.channel || decodeURIComponent(chaincode!) !== calls.chaincode)
    return refuse(response, 403, `this session calls ${calls.chaincode} on ${calls.channel}, and nothing else`);
  const call = parsed(await bodyOf(request, longest));
  if (call === undefined)
    return refuse(response, 400, "a call is an object with a function, its arguments and transient data");
  const { transient } = call;
  const options = { channel: calls.channel, chaincode: calls.chaincode, ...(transient && { transient }) };
  try {
    const connected = await client();
    if (kind === "evaluate") {
      return send(response, 200, resultOf(await connected.evaluate(call.function, call.arguments ?? [], options)));
    }
    const { txID, blockNumber, result } = await connected.submit(call.function, call.arguments ?? [], options);
    send(response, 200, { state: "committed", txID, blockNumber: String(blockNumber), ...resultOf(result) });
  } catch (error) {
    if (!isClientError(error)) throw error;
    const { code, reason, remedy, txID, validationCode } = error;
    const detail = remedy === undefined ? reason : `${reason}. ${remedy}`;
    send(response, 502, {
      status: 502,
      code,
      detail,
      ...(txID && { txID }),
      ...(validationCode && { validationCode }),
    });
  }
}

function parsed(text: string | undefined): Call | undefined {
  let value: Partial<Record<keyof Call, unknown>> | null;
  try {
    value = JSON.parse(text ?? "") as typeof value;
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || typeof value.function !== "string") return undefined;
  const { arguments: args = [], transient = {} } = value;
  const isText = (each: unknown): boolean => typeof each === "string";
  if (!Array.isArray(args) || !args.every(isText)) return undefined;
  if (typeof transient !== "object" || transient === null || !Object.values(transient).every(isText)) return undefined;
  return { function: value.function, arguments: args as string[], transient: transient as Record<string, string> };
}

function resultOf(bytes: Uint8Array): { result: string } | { resultBase64: string } {
  try {
    return { result: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { resultBase64: Buffer.from(bytes).toString("base64") };
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  if (response.headersSent) response.destroy();
  else send(response, status, { status, detail });
}
