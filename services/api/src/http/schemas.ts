/** The forms of requests and answers, which the OpenAPI document describes. */
import { z } from "zod";

const bytes = z.strictObject({ base64: z.base64() }).describe("Bytes, for what is no text.").meta({ id: "Bytes" });

const argument = z.union([z.string(), bytes], {
  error: 'write a text, or {"base64": "…"} for bytes; numbers and objects as text, such as "5"',
});

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe("A name of yours for the call. Requests with the same key are one call, which runs once.");

export const channelParameters = z.object({ channel: z.string().describe("Name of the channel.") });

export const chaincodeParameters = channelParameters.extend({
  chaincode: z.string().describe("Name of the chaincode."),
});

export const submissionParameters = z.object({ id: z.uuid().describe("Tracking ID.") });

export const submitHeaders = z.object({ "idempotency-key": idempotencyKey });

export const callBody = z
  .strictObject({
    function: z
      .string()
      .min(1)
      .max(1024)
      // PostgreSQL stores no text with it.
      .regex(/^[^\0]*$/, "has a character NUL")
      .describe("Name of the function."),
    arguments: z.array(argument).max(10_000).default([]).describe("Its arguments, in order."),
    transient: z
      .record(z.string(), argument)
      .optional()
      .describe("Data for the endorsers that is not written into the transaction."),
    endorsingOrganizations: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("MSP IDs of the organizations that endorse. By default the peers choose."),
    identity: z
      .string()
      .optional()
      .describe("Client identity to act as, if your role may. By default the first one of your role."),
  })
  .meta({ id: "Call" });

/** A call as it arrives. */
export type CallBody = z.output<typeof callBody>;

const resultFields = {
  result: z.string().optional().describe("What the chaincode answered, if it is text."),
  resultBase64: z.base64().optional().describe("What it answered, if it is no text."),
};

const txID = z.string().describe("ID of the transaction.");
const blockNumber = z
  .string()
  .regex(/^\d+$/)
  .describe("Number of its block, as text: it may exceed what JSON numbers hold.");
const validationCode = z.string().describe("Such as VALID or MVCC_READ_CONFLICT.");

export const evaluated = z.object(resultFields).meta({ id: "Evaluated" });

export const problem = z
  .looseObject({
    status: z.int(),
    code: z.string().describe("Kind of the failure, for programs."),
    detail: z.string().describe("What is wrong, and what to do."),
    txID: txID.optional(),
  })
  .meta({ id: "Problem", description: "Why a request failed. Unless it says otherwise, nothing was written." });

export const submission = z
  .object({
    id: z.uuid().describe("Tracking ID."),
    state: z.enum(["pending", "committed", "failed"]),
    channel: z.string(),
    chaincode: z.string(),
    function: z.string(),
    txID: txID.optional(),
    blockNumber: blockNumber.optional(),
    ...resultFields,
    error: problem.optional(),
  })
  .meta({ id: "Submission" });

/** A call that writes, as callers see it. */
export type SubmissionAnswer = z.output<typeof submission>;

export const transaction = z
  .object({
    txID,
    type: z.string().describe("Such as ENDORSER_TRANSACTION or CONFIG."),
    isValid: z.boolean(),
    validationCode,
    time: z.string().optional().describe("When the client made it, by the client's clock."),
    creator: z.object({ mspId: z.string() }).optional(),
    chaincode: z.string().optional(),
    function: z.string().optional(),
    blockNumber: blockNumber.optional(),
  })
  .meta({ id: "Transaction" });

export const block = z
  .object({ blockNumber, previousHash: z.string(), dataHash: z.string(), transactions: z.array(transaction) })
  .meta({ id: "Block" });

/** A block as callers see it. */
export type BlockAnswer = z.output<typeof block>;
/** A transaction as callers see it. */
export type TransactionAnswer = z.output<typeof transaction>;

/** Answers of every route that fails. */
export const failures = {
  "4xx": problem.describe("What is wrong with the request."),
  "5xx": problem.describe("The server, its database or the network cannot answer now."),
};

/** The answer of routes that stream. */
export const streamed = {
  200: z.string().describe("The events, as long as there are some and the caller listens."),
};
