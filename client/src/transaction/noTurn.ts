/** Errors of calls that get no turn. */
import type { Configuration } from "../configuration/schema.ts";
import type { ClientError } from "../errors.ts";
import type { CallState } from "./callState.ts";
import type { NoTurn } from "./limiter.ts";

/** The error of a call that was not sent, as too many others were under way. */
export function noTurn(reason: NoTurn, state: CallState, { maxInFlight, maxQueued }: Configuration): ClientError {
  switch (reason) {
    case "full":
      return state.error("OVERLOADED", "queue", {
        reason: `${maxInFlight} calls are under way and ${maxQueued} wait; nothing was sent`,
        remedy: "Call more slowly, or raise maxInFlight or maxQueued.",
      });
    case "late":
      return state.error("OVERLOADED", "queue", {
        reason: `it was not its turn within ${state.timeouts.total / 1000} s, as ${maxInFlight} calls were under way; nothing was sent`,
        remedy: "Call more slowly, or raise maxInFlight or timeouts.total.",
      });
    default:
      return state.error("ABORTED", "queue", {
        reason: "the call was aborted before anything was sent",
        cause: state.signal?.reason,
      });
  }
}
