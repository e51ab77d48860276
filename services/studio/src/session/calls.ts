/** Calls of the contract through the network, each with what was seen of it here. */
import { setTimeout as sleep } from "node:timers/promises";

import type { StudioEnds } from "../../../../model/contracts/studio";
import type { StudioEditorSettings } from "../../../../model/contracts/studioEditor";
import { Failure } from "../../../common/failure";
import type { ApiAnswer, ApiClient } from "./apiClient";
import type { ChaincodeServer } from "./chaincode/chaincodeServer";
import { type Question, type Range, readHistory, readRange } from "./chaincode/ledgerQuestions";
import { callMark } from "./chaincode/messages";
import type { CallOutcome, CallRequest, History, StatePage, Value } from "./protocol";

/** Name of the function by which the session asks the ledger. No contract gets such a call. */
const questionFunction = "studio:Question";

/** Makes calls, and reads the ledger. */
export class Calls {
  constructor(
    private readonly api: ApiClient | undefined,
    private readonly server: ChaincodeServer,
    private readonly settings: StudioEditorSettings,
  ) {}

  /** Why there are none; undefined if there are. */
  get missing(): string | undefined {
    return this.api === undefined ? "the session has no API server to call the network by" : undefined;
  }

  /** Calls a function. What fails in the contract or the network is an outcome, too. */
  async call(wanted: CallRequest): Promise<CallOutcome> {
    const api = this.needed();
    const expected = this.server.expect();
    const began = performance.now();
    try {
      const { identity, organization } = wanted;
      const answer = await api.call(wanted.kind, {
        function: wanted.function,
        arguments: wanted.arguments,
        transient: { ...wanted.transient, [callMark]: expected.mark },
        ...(identity !== undefined && { identity }),
        ...(organization !== undefined && { endorsingOrganizations: [organization] }),
      });
      const settled = await this.settled(api, answer);
      const record = expected.record();
      const milliseconds = Math.round(performance.now() - began);
      return { ...outcomeOf(settled, wanted.kind, record?.txID), ...(record && { record }), milliseconds };
    } finally {
      expected.forget();
    }
  }

  /** A page of the world state. */
  range(range: Range): Promise<StatePage> {
    return this.ask(readRange(range));
  }

  /** The changes of a key. */
  history(key: string): Promise<History> {
    return this.ask(readHistory(key));
  }

  /** When the session ends; empty where nobody ends it. */
  async ends(): Promise<Partial<StudioEnds>> {
    return (await this.api?.ends()) ?? {};
  }

  private async ask<T>(question: Question<T>): Promise<T> {
    const api = this.needed();
    const here = this.settings.api!.identities.find(({ callsHere }) => callsHere);
    if (here === undefined) throw new Failure("no identity of the API server calls the debug peer");
    const expected = this.server.expect(question);
    try {
      const { status, body } = await api.call("evaluate", {
        function: questionFunction,
        arguments: [],
        transient: { [callMark]: expected.mark },
        identity: here.name,
      });
      if (status === 200) return JSON.parse(body.result ?? "null") as T;
      throw new Failure(body.detail ?? `the API server answers with status ${status}`);
    } finally {
      expected.forget();
    }
  }

  /** Waits for the outcome of a call that was accepted. */
  private async settled(api: ApiClient, first: ApiAnswer): Promise<ApiAnswer> {
    let answer = first;
    while (answer.status < 300 && answer.body.state === "pending") {
      await sleep(500);
      answer = await api.submission(answer.body.id!);
    }
    return answer;
  }

  private needed(): ApiClient {
    if (this.api === undefined) throw new Failure(this.missing!);
    return this.api;
  }
}

function outcomeOf(
  { status, body }: ApiAnswer,
  kind: CallRequest["kind"],
  seen: string | undefined,
): Omit<CallOutcome, "milliseconds"> {
  const succeeded = status < 300 && body.state !== "failed";
  const { blockNumber } = body;
  const txID = body.txID ?? seen;
  const common = { ...(txID !== undefined && { txID }), ...(blockNumber !== undefined && { blockNumber }) };
  if (succeeded) {
    const result = resultOf(body);
    const validationCode = kind === "submit" ? { validationCode: "VALID" } : {};
    return { succeeded, ...(result && { result }), ...common, ...validationCode };
  }
  const problem = (body as { error?: ApiAnswer["body"] }).error ?? body;
  const error = problem.detail ?? `the API server answers with status ${status}`;
  const { validationCode } = problem;
  return { succeeded, error, ...common, ...(validationCode !== undefined && { validationCode }) };
}

function resultOf({ result, resultBase64 }: ApiAnswer["body"]): Value | undefined {
  if (resultBase64 !== undefined) return { base64: resultBase64 };
  return result === undefined ? undefined : { text: result };
}
