/** Answers what clients send, whichever way it came: judges each call, has nodes answer those that they may get, and counts. */
import type { Log } from "../../common/log";
import { Access, type Caller } from "./access/access";
import { Rates } from "./access/rates";
import { Turns } from "./access/turns";
import { errorAnswer, type Id, noAnswer, type RpcError, tooMuch } from "./filter/answers";
import { type Call, callText, type Payload, type ReadCall, readPayload } from "./filter/calls";
import { isError, judge, type Rules } from "./filter/filter";
import type { Metrics } from "./metrics";
import type { NodeFailure } from "./nodes/nodeClient";
import type { Nodes } from "./nodes/nodes";
import type { Settings } from "./settings";

/** What goes back to a client. */
export interface Answer {
  /** Status of HTTP. */
  status: number;
  /** Absent where it has been sent already, or will be. */
  body?: string;
  /** Seconds after which more is taken. */
  retryAfter?: number;
}

/** An answer, and the node that it came from. */
interface Answered {
  answer: Answer;
  node?: string;
}

/** Where a client's subscriptions go. */
export interface Subscriptions {
  /** Takes a call that was judged, and answers it. */
  take(call: Call): void;
}

/** Payloads that nodes are at work on or that wait for their turn, for all clients and for each of them. */
const mostAtWork = 256;
const mostOfClient = 128;

/** Payloads of a client that a node is at work on: half of its connections. */
const mostAtOnce = 16;

/** Everything that answers need. */
export class Service {
  access!: Access;
  rules!: Rules;
  origins!: ReadonlySet<string>;
  private readonly rates = new Rates();
  private readonly turns = new Turns(mostAtOnce);
  private atWork = 0;

  constructor(
    settings: Settings,
    readonly nodes: Nodes,
    readonly metrics: Metrics,
    readonly log: Log,
  ) {
    this.follow(settings);
  }

  /** Takes other methods, limits, tokens and pages. Who is there keeps the calls that it has left. */
  follow({ tokens, methods, limits, origins }: Settings): void {
    this.access = new Access(tokens);
    this.rules = { methods: new Set(methods), limits };
    this.origins = new Set(origins);
    this.rates.limit(limits.callsPerSecond, limits.batch);
  }

  /**
   * Answers a body, or a message.
   *
   * @param subscriptions - those of a WebSocket
   */
  async answer(text: string, caller: Caller, subscriptions?: Subscriptions): Promise<Answer> {
    const began = performance.now();
    const payload = readPayload(text, this.rules.limits.batch);
    const wait = this.rates.take(caller.key, isError(payload) ? 1 : payload.calls.length);
    const { answer, node }: Answered = isError(payload)
      ? { answer: wait > 0 ? this.tooFast(wait, (error) => errorAnswer(null, error)) : unreadableAnswer(payload) }
      : await this.judged(payload, wait, caller, subscriptions);
    this.metrics.told(answer.status);
    this.log.info("call", {
      ...{ client: caller.token, address: caller.address, status: answer.status, node },
      methods: isError(payload) ? undefined : this.named(payload),
      webSocket: subscriptions !== undefined,
      milliseconds: Math.round(performance.now() - began),
    });
    return answer;
  }

  /** @param wait - seconds until the client may call again; 0 if it may */
  private async judged(
    { calls, isBatch }: Payload,
    wait: number,
    caller: Caller,
    subscriptions: Subscriptions | undefined,
  ): Promise<Answered> {
    if (wait > 0) return { answer: this.tooFast(wait, (error) => this.refusedAll(calls, isBatch, error)) };
    const circumstances = { canSubscribe: subscriptions !== undefined && !isBatch, head: this.nodes.head };
    const found = calls.map((call) => this.found(call, circumstances));
    const [only] = found;
    if (!isBatch && "method" in only! && /^eth_(un)?subscribe$/.test(only.method)) {
      subscriptions!.take(only);
      return { answer: { status: 200 } };
    }
    const isOwn = this.turns.numberOf(caller.key) >= mostOfClient;
    if (isOwn || this.atWork >= mostAtWork) {
      const error = tooMuch(isOwn ? "too much of this client is at work: wait for answers" : "too much is at work");
      return { answer: { status: isOwn ? 429 : 503, retryAfter: 1, body: this.refusedAll(calls, isBatch, error) } };
    }
    this.atWork++;
    try {
      return await this.asked(found, caller, isBatch);
    } finally {
      this.atWork--;
    }
  }

  private tooFast(wait: number, bodyOf: (error: RpcError) => string): Answer {
    const error = tooMuch(`more than ${this.rules.limits.callsPerSecond} calls a second: try again in ${wait} s`);
    return { status: 429, retryAfter: wait, body: bodyOf(error) };
  }

  private found(call: ReadCall, circumstances: Parameters<typeof judge>[2]): ReadCall {
    if ("refused" in call) return call;
    const judged = judge(call, this.rules, circumstances);
    this.metrics.judged(this.rules.methods.has(call.method) ? call.method : "other", !isError(judged));
    return isError(judged) ? { id: call.id, refused: judged } : judged;
  }

  private refusedAll(calls: readonly ReadCall[], isBatch: boolean, error: RpcError): string {
    const answers = calls.map(({ id }) => errorAnswer(id, error));
    return isBatch ? `[${answers.join(",")}]` : answers[0]!;
  }

  /** Has one node answer all calls that may go on; the others are answered here, in their places. */
  private async asked(found: ReadCall[], caller: Caller, isBatch: boolean): Promise<Answered> {
    const passed = found.flatMap((call) => ("refused" in call ? [] : [call]));
    const answers = new Map<ReadCall, string>();
    for (const call of found) if ("refused" in call) answers.set(call, errorAnswer(call.id, call.refused));
    const ended = (status: number, node?: string) => {
      const all = found.map((call) => answers.get(call)!);
      return {
        answer: { status, body: isBatch ? `[${all.join(",")}]` : all[0]! },
        ...(node !== undefined && { node }),
      };
    };
    // In a batch, IDs of a client may be the same ones.
    const texts = passed.map((call, i) => callText(isBatch ? { ...call, id: i } : call));
    if (texts.includes(undefined)) return { answer: { status: 400, body: errorAnswer(null, tooDeep) } };
    if (passed.length === 0) return ended(200);
    try {
      const body = isBatch ? `[${texts.join(",")}]` : texts[0]!;
      const mayRepeat = passed.every(({ method }) => method !== "eth_sendRawTransaction");
      const { answer, node } = await this.turns.take(caller.key, async () => {
        const began = performance.now();
        const answered = await this.nodes.post(nodeKeyOf(caller), body, mayRepeat);
        this.metrics.answered(answered.node.name, (performance.now() - began) / 1000);
        return answered;
      });
      const all = isBatch ? answersOfBatch(answer, passed) : [answer];
      for (const [i, call] of passed.entries()) answers.set(call, all[i]!);
      return ended(200, node.name);
    } catch (error) {
      const refused = whyUnanswered(error as NodeFailure, passed);
      this.log.warn("No node has answered", { why: (error as Error).message });
      for (const call of passed) answers.set(call, errorAnswer(call.id, refused));
      return ended(503);
    }
  }

  /** Methods of a payload for the log; others' names than those that are let through could be anything. */
  private named({ calls }: Payload): string {
    const names = calls.map((call) => {
      if (!("method" in call)) return "none";
      const isName = this.rules.methods.has(call.method) || /^[a-z0-9]{1,10}_[a-zA-Z]{1,40}$/.test(call.method);
      return isName ? call.method : "other";
    });
    return [...new Set(names)].slice(0, 20).join(" ");
  }
}

function unreadableAnswer(error: RpcError): Answer {
  return { status: 400, body: errorAnswer(null, error) };
}

const tooDeep: RpcError = { code: -32600, message: "params are nested too deep" };

/** What a client's node is chosen by: many clients may have one token. */
export function nodeKeyOf({ key, address }: Caller): string {
  return `${key} ${address}`;
}

function whyUnanswered({ message, circumstances }: NodeFailure, calls: readonly Call[]): RpcError {
  const { isUnsent, isTooLarge } = circumstances ?? {};
  if (isTooLarge) return tooMuch(`${message}: ask for less at a time`);
  const isHarmless = isUnsent || calls.every(({ method }) => method !== "eth_sendRawTransaction");
  return noAnswer(
    isHarmless
      ? "no RPC node answers: try again"
      : "the RPC node went away before it answered: the transaction may have been taken. Look for its receipt, or send it again as it is",
  );
}

/** The answers of a node's batch in the order of the calls, with the clients' IDs. */
function answersOfBatch(text: string, calls: readonly Call[]): string[] {
  const answers = new Map<Id, object>();
  const all: unknown = parsed(text);
  if (Array.isArray(all)) for (const answer of all) answers.set((answer as { id: Id } | null)?.id ?? null, answer);
  return calls.map(({ id }, i) => {
    const answer = answers.get(i);
    return answer === undefined
      ? errorAnswer(id, noAnswer("the node does not answer this call"))
      : JSON.stringify({ ...answer, id });
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
