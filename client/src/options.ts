/** Options of calls. */
import type { Configuration, Timeouts } from "./configuration/schema.ts";
import { invalidArgument } from "./errors.ts";
import type { CallSubject } from "./transaction/callState.ts";
import type { ProposalContent } from "./transaction/gatewayCalls.ts";

/** An argument of a function: a text, or bytes. */
export type Argument = string | Uint8Array;

/** Options of every call. */
export interface CallOptions {
  /** Instead of the configuration's. */
  channel?: string;
  /** Instead of the configuration's. */
  chaincode?: string;
  /** MSP IDs of the organizations that endorse, or one of which evaluates; instead of the configuration's. */
  endorsingOrganizations?: string[];
  /** Data for the endorsers that is not written into the transaction. */
  transient?: Record<string, Argument>;
  /** Milliseconds, each instead of the configuration's. */
  timeouts?: Partial<Timeouts>;
  /** Ends the call. A transaction that was sent before may still be committed; see {@link ClientError.isOutcomeUnknown}. */
  signal?: AbortSignal;
}

/** Options of a call that writes. */
export interface SubmitOptions extends CallOptions {
  /**
   * A name that the caller gives the call. Calls with the same key are one call: it runs once, and all get its result. A call
   * that failed without writing frees its key.
   */
  idempotencyKey?: string;
}

/** Refuses what can be seen to be wrong before anything is sent. */
export function checkCall(functionName: string, args: readonly Argument[], options: SubmitOptions): void {
  if (typeof functionName !== "string" || functionName === "")
    throw invalidArgument(`the function's name is ${shown(functionName)}, not a text`);
  if (!Array.isArray(args))
    throw invalidArgument(`the arguments of ${functionName} are not a list`, 'Pass them as in ["asset1", "bob"].');
  args.forEach((argument, i) => {
    if (typeof argument === "string" || argument instanceof Uint8Array) return;
    throw invalidArgument(
      `argument ${i + 1} of ${functionName} is ${shown(argument)}, neither a text nor bytes`,
      "Use String(value) or JSON.stringify(value).",
    );
  });
  const { idempotencyKey } = options;
  checkTimeouts(options.timeouts);
  if (idempotencyKey !== undefined && (typeof idempotencyKey !== "string" || !/^.{1,255}$/s.test(idempotencyKey)))
    throw invalidArgument("the idempotency key is not a text of 1 to 255 characters");
}

/**
 * Refuses times that are none.
 *
 * @throws ClientError
 */
export function checkTimeouts(timeouts: Partial<Timeouts> = {}): void {
  for (const [stage, time] of Object.entries<unknown>(timeouts)) {
    if (time === undefined || (typeof time === "number" && !Number.isNaN(time))) continue;
    const value = typeof time === "number" ? String(time) : shown(time);
    throw invalidArgument(`timeouts.${stage} is ${value}, not a number of milliseconds`);
  }
}

/** The times of a call: its own, or else those of the configuration. */
export function timeoutsOf({ timeouts = {} }: Pick<CallOptions, "timeouts">, configuration: Configuration): Timeouts {
  const given = Object.entries(timeouts).filter(([, time]) => time !== undefined);
  return { ...configuration.timeouts, ...Object.fromEntries(given) };
}

/** What a call is about: by its options, or else by the configuration. */
export function subjectOf(
  functionName: string,
  options: Pick<CallOptions, "channel" | "chaincode">,
  configuration: Configuration,
): CallSubject {
  const { channel = configuration.channel, chaincode = configuration.chaincode } = options;
  if (chaincode !== undefined) return { channel, chaincode, functionName };
  throw invalidArgument(
    `${functionName}: neither the call nor the configuration names a chaincode`,
    "Write chaincode: into blockchain_client.yaml, or pass it in the call's options.",
  );
}

/** What a call's proposal says. */
export function contentOf(
  args: readonly Argument[],
  { transient, endorsingOrganizations }: CallOptions,
  configuration: Configuration,
): ProposalContent {
  const organizations = endorsingOrganizations ?? configuration.endorsingOrganizations;
  return {
    arguments: [...args],
    ...(transient && { transientData: transient }),
    ...(organizations && { endorsingOrganizations: organizations }),
  };
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
