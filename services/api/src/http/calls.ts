/** Calls of functions: evaluate, submit, and what became of what was submitted. */
import type { FastifyReply, FastifyRequest } from "fastify";

import { resultOfTransaction } from "../fabric/blocks";
import type { StoredSubmission } from "../store/submissionStore";
import { resultOf, toArguments, toTransient } from "../submissions/callContent";
import { Problem } from "./problem";
import {
  type CallBody,
  callBody,
  chaincodeParameters,
  evaluated,
  failures,
  streamed,
  submission,
  type SubmissionAnswer,
  submissionParameters,
  submitHeaders,
} from "./schemas";
import { eventStream } from "./serverSentEvents";
import type { Routes, Services } from "./services";

const path = "/v1/channels/:channel/chaincodes/:chaincode";

/** Adds the routes. */
export function addCalls(routes: Routes, services: Services): void {
  addEvaluate(routes, services);
  addSubmit(routes, services);
  addSubmitAsync(routes, services);
  addSubmissions(routes, services);
}

function addEvaluate(routes: Routes, { access, clients, metadata }: Services): void {
  routes.post(
    `${path}/evaluate`,
    {
      schema: {
        tags: ["Calls"],
        operationId: "evaluate",
        summary: "Call a function that only reads, on one peer",
        params: chaincodeParameters,
        body: callBody,
        response: { 200: evaluated, ...failures },
      },
    },
    async (request, reply) => {
      const { body, params } = request;
      const identity = access.authorizeCall(request, "evaluate", { ...params, ...body });
      const client = clients.of(identity);
      await metadata.check(client, { ...params, ...body });
      const { transient, endorsingOrganizations } = body;
      const result = await client.evaluate(body.function, toArguments(body.arguments), {
        ...params,
        ...(transient && { transient: toTransient(transient) }),
        ...(endorsingOrganizations && { endorsingOrganizations }),
        signal: goneSignal(reply),
      });
      return resultOf(result);
    },
  );
}

function addSubmit(routes: Routes, services: Services): void {
  routes.post(
    `${path}/submit`,
    {
      schema: {
        tags: ["Calls"],
        operationId: "submit",
        summary: "Call a function that writes, and wait until its transaction is committed",
        params: chaincodeParameters,
        headers: submitHeaders,
        body: callBody,
        response: {
          200: submission.describe("It is committed."),
          202: submission.describe(
            "What became of it is not known yet. The server goes on with it: ask for its state.",
          ),
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const call = await checkedCall(services, request);
      const { id, outcome } = await services.submitter.submit(call, request.headers["idempotency-key"]);
      const { channel, chaincode, functionName } = call;
      request.audit.submission = id;
      if ("isPending" in outcome) return accepted(reply, id, { channel, chaincode, function: functionName });
      const { txID, blockNumber, result } = outcome.committed;
      request.audit.txID = txID;
      return {
        ...{ id, state: "committed" as const, channel, chaincode, function: functionName, txID },
        blockNumber: String(blockNumber),
        ...resultOf(result),
      };
    },
  );
}

function addSubmitAsync(routes: Routes, services: Services): void {
  routes.post(
    `${path}/submitAsync`,
    {
      schema: {
        tags: ["Calls"],
        operationId: "submitAsync",
        summary: "Call a function that writes, and do not wait",
        description:
          "The answer comes when the call and its signed transaction are stored. From then on it is finished, " +
          "also by another replica. The header Location says where to ask for its state.",
        params: chaincodeParameters,
        headers: submitHeaders,
        body: callBody,
        response: { 202: submission.describe("It is stored, and will be finished."), ...failures },
      },
    },
    async (request, reply) => {
      const call = await checkedCall(services, request);
      const id = await services.submitter.accept(call, request.headers["idempotency-key"]);
      request.audit.submission = id;
      const { channel, chaincode, functionName } = call;
      return accepted(reply, id, { channel, chaincode, function: functionName });
    },
  );
}

function addSubmissions(routes: Routes, services: Services): void {
  const found = async (request: FastifyRequest, id: string): Promise<StoredSubmission> => {
    const row = await services.store.find(id);
    if (row && row.owner === request.caller.name) return row;
    throw new Problem(404, "NOT_FOUND", `There is no call ${id} of yours, or it is too long ago.`);
  };
  const about = { tags: ["Calls"], params: submissionParameters };
  routes.get(
    "/v1/submissions/:id",
    {
      schema: {
        ...about,
        operationId: "submission",
        summary: "Ask what became of a call",
        response: { 200: submission, ...failures },
      },
    },
    async (request) => answerOf(await found(request, request.params.id)),
  );
  routes.get(
    "/v1/submissions/:id/events",
    {
      schema: {
        ...about,
        operationId: "submissionEvents",
        summary: "Follow a call until its outcome is known, as server-sent events",
        produces: ["text/event-stream"],
        response: { ...streamed, ...failures },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const first = await found(request, id);
      return eventStream(request, reply, services.closing, async function* (signal) {
        let sent = "";
        for (let row = first; ; row = (await services.store.find(id)) ?? row) {
          const answer = answerOf(row);
          const text = JSON.stringify(answer);
          if (text !== sent) yield { event: answer.state, data: answer };
          sent = text;
          if (answer.state !== "pending") return;
          await pause(250, signal);
        }
      });
    },
  );
}

/** A call whose caller may make it, and that the chaincode understands. */
async function checkedCall(
  { access, clients, metadata }: Services,
  request: FastifyRequest<{ Params: unknown; Body: unknown }> & {
    params: { channel: string; chaincode: string };
    body: CallBody;
  },
) {
  const { body, params } = request;
  const identity = access.authorizeCall(request, "submit", { ...params, ...body });
  await metadata.check(clients.of(identity), { ...params, ...body });
  const { function: functionName, arguments: args, transient, endorsingOrganizations } = body;
  const content = {
    arguments: args,
    ...(transient && { transient }),
    ...(endorsingOrganizations && { endorsingOrganizations }),
  };
  return { owner: request.caller.name, identity, ...params, functionName, content };
}

function accepted(reply: FastifyReply, id: string, call: { channel: string; chaincode: string; function: string }) {
  void reply.status(202).header("Location", `/v1/submissions/${id}`);
  return { id, state: "pending" as const, ...call };
}

function answerOf(row: StoredSubmission): SubmissionAnswer {
  const { id, state, channel, chaincode, function_name, tx_id, block_number, envelope, error } = row;
  return {
    ...{ id, state, channel, chaincode, function: function_name },
    ...(tx_id !== null && { txID: tx_id }),
    ...(block_number !== null && { blockNumber: String(block_number) }),
    ...(state === "committed" && envelope !== null && resultOf(resultOfTransaction(envelope))),
    ...(state === "failed" && error !== null && { error: JSON.parse(error) }),
  };
}

/** Ends a call that only reads when nobody waits for it any more. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // Not the connection, which serves many requests.
  reply.raw.once("close", () => !reply.raw.writableFinished && controller.abort());
  return controller.signal;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, milliseconds);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end, { once: true });
  });
}
