/** What the page with the forms and the extension say to each other. */
import type { CallOutcome, CallRequest, ContractDescription, SessionDescription } from "../../src/session/protocol";

/** To the page. */
export type ToPage =
  | { type: "contract"; session: SessionDescription; contract: ContractDescription }
  | { type: "missing"; reason: string }
  | { type: "outcome"; id: number; outcome: CallOutcome }
  | { type: "failed"; id: number; reason: string };

/** From the page. */
export type FromPage = { type: "ready" } | { type: "call"; id: number; request: CallRequest };
