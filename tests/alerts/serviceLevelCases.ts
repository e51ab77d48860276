/** Cases of the alerts on service levels. Calls come by the minute, for hours. */
import { type AlertCase, type Series, target } from "./alertCase";

const peer = target("peer", "peer0-org1");
const of = (method: string, more = ""): string => `${peer},service="gateway_Gateway",method="${method}"${more}`;
const calls = (method: string, good: string, code: string, bad: string): Series => ({
  [`grpc_server_unary_requests_completed{${of(method, ',code="OK"')}}`]: good,
  [`grpc_server_unary_requests_completed{${of(method, `,code="${code}"`)}}`]: bad,
});
/** Transactions, and those of them that are committed within 5 seconds. */
const commits = (all: string, inTime: string): Series => ({
  [`grpc_server_unary_request_duration_bucket{${of("CommitStatus", ',code="OK",le="5"')}}`]: inTime,
  [`grpc_server_unary_request_duration_bucket{${of("CommitStatus", ',code="OK",le="10"')}}`]: all,
  [`grpc_server_unary_request_duration_count{${of("CommitStatus", ',code="OK"')}}`]: all,
});

const network = "trade";
/** Labels of what fires. */
const at = (objective: string, ...severities: string[]): AlertCase["fires"] =>
  severities.map((severity) => ({ network, objective, severity }));
const fast = (objective: string): AlertCase["fires"] => at(objective, "critical", "warning");
const slow = (objective: string): AlertCase["fires"] => at(objective, "warning");

const found = (alert: string, when: string, series: Series, fires: AlertCase["fires"], minutes = 20): AlertCase => ({
  ...{ alert, when, series, at: minutes, fires },
});

export const serviceLevelCases: AlertCase[] = [
  found("SubmitBudgetBurning", "a tenth fails", calls("Submit", "0+54x400", "Unavailable", "0+6x400"), fast("submit")),
  found(
    "SubmitBudgetBurning",
    "one of 500 fails",
    calls("Endorse", "0+5988x400", "Unknown", "0+12x400"),
    slow("submit"),
  ),
  found("SubmitBudgetBurning", "clients end calls", calls("Endorse", "0+54x400", "Canceled", "0+6x400"), []),
  found("SubmitBudgetBurning", "one of 2000 fails", calls("Submit", "0+5997x400", "Unavailable", "0+3x400"), []),
  found(
    "SubmitBudgetBurning",
    "two of the few calls of a night fail",
    calls("Submit", "0 0 0 3x400", "Unavailable", "0 0 1 2x400"),
    [],
  ),
  // What was bad before stays in the long windows, and has left the short ones.
  found(
    "SubmitBudgetBurning",
    "it has been over for 40 minutes",
    calls("Submit", "0+54x20 1134+60x340", "Unavailable", "0+6x20 120x340"),
    slow("submit"),
    60,
  ),
  found(
    "EvaluateBudgetBurning",
    "a tenth fails",
    calls("Evaluate", "0+54x400", "Unavailable", "0+6x400"),
    fast("evaluate"),
  ),
  found(
    "SubmitBudgetBurning",
    "of an outage people have been told",
    {
      ...calls("Submit", "0+54x400", "Unavailable", "0+6x400"),
      'ALERTS{alertname="OrderingDown",alertstate="firing",network="trade"}': "1x10",
    },
    [],
  ),
  found("EvaluateBudgetBurning", "chaincode refuses", calls("Evaluate", "0+54x400", "Unknown", "0+6x400"), []),
  found("CommitBudgetBurning", "a quarter is late", commits("0+60x400", "0+45x400"), fast("commit")),
  found("CommitBudgetBurning", "one of 50 is late", commits("0+600x400", "0+588x400"), slow("commit")),
  found("CommitBudgetBurning", "one of 200 is late", commits("0+600x400", "0+597x400"), []),
];
