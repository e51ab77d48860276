/** What the ledger holds: transactions, blocks, events, and what a chaincode says about itself. */
import { readBlock } from "@baas/client";
import { z } from "zod";

import { blockByNumber, blockByTransaction, newestBlock } from "../fabric/blocks";
import { resultOf } from "../submissions/callContent";
import { Problem } from "./problem";
import { block, chaincodeParameters, channelParameters, failures, streamed, transaction } from "./schemas";
import { eventStream } from "./serverSentEvents";
import type { Routes, Services } from "./services";

const blockParameter = z
  .string()
  .regex(/^(newest|\d{1,18})$/, "is neither a number nor newest")
  .describe("Number of the block, or newest.");

const startBlock = z.object({
  startBlock: z
    .string()
    .regex(/^\d{1,18}$/, "is not a number")
    .optional()
    .describe("Number of the first block; by default the next one."),
});

const lastEvent = z.object({
  "last-event-id": z
    .string()
    .regex(/^\d{1,18}(-[0-9a-f]{1,64})?$/, "is not an ID of these events")
    .optional()
    .describe("The stream goes on after the event with this ID. Browsers send it when they connect again."),
});

/** Adds the routes. */
export function addLedger(routes: Routes, services: Services): void {
  addBlocks(routes, services);
  addMetadata(routes, services);
  addBlockEvents(routes, services);
  addChaincodeEvents(routes, services);
}

function addBlocks(routes: Routes, { access, clients }: Services): void {
  routes.get(
    "/v1/channels/:channel/transactions/:txID",
    {
      schema: {
        tags: ["Ledger"],
        operationId: "transaction",
        summary: "Look a transaction up",
        params: channelParameters.extend({
          txID: z.string().regex(/^[0-9a-f]{64}$/, "is not a transaction's ID: 64 hexadecimal digits"),
        }),
        response: { 200: transaction, ...failures },
      },
    },
    async (request) => {
      const { channel, txID } = request.params;
      const client = clients.of(access.authorizeRead(request, { channel }));
      const missing = `Channel ${channel} has no transaction ${txID} yet.`;
      const { transactions } = await known(missing, blockByTransaction(client, channel, txID));
      return transactions.find((each) => each.txID === txID)!;
    },
  );
  routes.get(
    "/v1/channels/:channel/blocks/:block",
    {
      schema: {
        tags: ["Ledger"],
        operationId: "block",
        summary: "Look a block up",
        params: channelParameters.extend({ block: blockParameter }),
        response: { 200: block, ...failures },
      },
    },
    async (request) => {
      const { channel, block } = request.params;
      const client = clients.of(access.authorizeRead(request, { channel }));
      const number = block === "newest" ? await newestBlock(client, channel) : BigInt(block);
      return known(`Channel ${channel} has no block ${number} yet.`, blockByNumber(client, channel, number));
    },
  );
}

function addMetadata(routes: Routes, { access, clients, metadata }: Services): void {
  routes.get(
    "/v1/channels/:channel/chaincodes/:chaincode/metadata",
    {
      schema: {
        tags: ["Ledger"],
        operationId: "metadata",
        summary: "List the functions of a chaincode",
        params: chaincodeParameters,
        response: {
          200: z
            .object({
              isKnown: z.boolean().describe("Whether the chaincode describes itself, as those of the contract API do."),
              functions: z.array(
                z.object({
                  name: z.string(),
                  writes: z.boolean().optional(),
                  parameters: z.array(z.object({ name: z.string(), schema: z.looseObject({}) })),
                  returns: z.unknown().optional(),
                }),
              ),
            })
            .meta({ id: "ChaincodeMetadata" }),
          ...failures,
        },
      },
    },
    async (request) => {
      const { channel, chaincode } = request.params;
      const client = clients.of(access.authorizeRead(request, { channel, chaincode }));
      return metadata.of(client, channel, chaincode);
    },
  );
}

function addBlockEvents(routes: Routes, { access, clients, closing }: Services): void {
  routes.get(
    "/v1/channels/:channel/blockEvents",
    {
      schema: {
        tags: ["Events"],
        operationId: "blockEvents",
        summary: "Follow the blocks of a channel, as server-sent events",
        params: channelParameters,
        querystring: startBlock,
        headers: lastEvent,
        produces: ["text/event-stream"],
        response: { ...streamed, ...failures },
      },
    },
    async (request, reply) => {
      const { channel } = request.params;
      const client = clients.of(access.authorizeRead(request, { channel }));
      const last = request.headers["last-event-id"];
      const start = last === undefined ? request.query.startBlock : String(BigInt(last.split("-")[0]!) + 1n);
      return eventStream(request, reply, closing, async function* (signal) {
        const options = { channel, signal, ...(start !== undefined && { startBlock: BigInt(start) }) };
        for await (const { blockNumber, block } of client.blockEvents(options))
          yield { id: String(blockNumber), event: "block", data: readBlock(block) };
      });
    },
  );
}

function addChaincodeEvents(routes: Routes, { access, clients, closing }: Services): void {
  routes.get(
    "/v1/channels/:channel/chaincodes/:chaincode/events",
    {
      schema: {
        tags: ["Events"],
        operationId: "chaincodeEvents",
        summary: "Follow the events that a chaincode sets, as server-sent events",
        params: chaincodeParameters,
        querystring: startBlock,
        headers: lastEvent,
        produces: ["text/event-stream"],
        response: { ...streamed, ...failures },
      },
    },
    async (request, reply) => {
      const { channel, chaincode } = request.params;
      const client = clients.of(access.authorizeRead(request, { channel, chaincode }));
      const last = request.headers["last-event-id"];
      return eventStream(request, reply, closing, async function* (signal) {
        const options = { channel, chaincode, signal, ...positionOf(last, request.query.startBlock) };
        for await (const { blockNumber, txID, name, payload } of client.chaincodeEvents(options)) {
          const { result, resultBase64 } = resultOf(payload) as { result?: string; resultBase64?: string };
          const data = { name, txID, blockNumber: String(blockNumber), payload: result, payloadBase64: resultBase64 };
          yield { id: `${blockNumber}-${txID}`, event: "chaincode", data };
        }
      });
    },
  );
}

/** Where a stream begins: after the event that its reader has seen, or with a block. */
function positionOf(lastEventId: string | undefined, start: string | undefined) {
  if (lastEventId === undefined) return start === undefined ? {} : { startBlock: BigInt(start) };
  const [blockNumber, txID] = lastEventId.split("-");
  const position = { blockNumber: BigInt(blockNumber!), ...(txID !== undefined && { txID }) };
  return { checkpoint: { load: async () => position, save: async () => {} } };
}

/** What the ledger has; a refusal of its system chaincode means that it has no such thing. */
async function known<T>(missing: string, looking: Promise<T>): Promise<T> {
  try {
    return await looking;
  } catch (error) {
    const {
      code,
      details = [],
      message,
    } = error as { code?: string; details?: { message: string }[]; message: string };
    const said = [message, ...details.map((each) => each.message)].join(" ");
    if ((code === "CHAINCODE" || code === "REFUSED") && /not found|no such|entry/i.test(said))
      throw new Problem(404, "NOT_FOUND", missing);
    throw error;
  }
}
