/** Which calls go on to a node, and how. */
import { offeredSubscriptions } from "../../../../model/contracts/jsonRpc";
import type { Limits } from "../settings";
import { badParameters, noCall, notOffered, type RpcError } from "./answers";
import type { Call } from "./calls";
import { logFilter, subscribedLogs } from "./logFilter";

/** What calls are judged by. */
export interface Rules {
  methods: ReadonlySet<string>;
  limits: Limits;
}

/** Where a call came from. */
export interface Circumstances {
  /** Whether over a WebSocket, by itself: only then there is somebody to tell of events. */
  canSubscribe: boolean;
  /** The latest block, as far as it is known. */
  head: number | undefined;
}

/** Judges a call. Returns the call that a node may get, or why none does. */
export function judge(call: Call, { methods, limits }: Rules, circumstances: Circumstances): Call | RpcError {
  const { method, params } = call;
  if (!methods.has(method)) return notOffered(method);
  if (method === "eth_getLogs") {
    const filter = logFilter(params, circumstances.head, limits.logBlocks);
    return isError(filter) ? filter : { ...call, params: [filter] };
  }
  if (method !== "eth_subscribe" && method !== "eth_unsubscribe") return call;
  if (!circumstances.canSubscribe) return noCall(`${method} comes over a WebSocket, and not in a batch`);
  return method === "eth_subscribe" ? subscription(call) : call;
}

function subscription(call: Call): Call | RpcError {
  const [kind, ...more] = call.params;
  if (!(offeredSubscriptions as readonly unknown[]).includes(kind)) {
    return badParameters(`${offeredSubscriptions.join(" and ")} can be subscribed to, and nothing else`);
  }
  if (kind !== "logs") return { ...call, params: [kind] };
  const filter = subscribedLogs(more);
  return isError(filter) ? filter : { ...call, params: [kind, filter] };
}

/** Whether it is an error, and not what was judged. */
export function isError(value: object): value is RpcError {
  return "code" in value && "message" in value;
}
