/** Cases of the alerts on the filter of JSON-RPC. */
import type { AlertCase, Series } from "./alertCase";

const chain = 'namespace="bank",network="bank"';
const ofChain = { namespace: "bank", network: "bank" };
const pod = (number: number): string => `job="json-rpc",${chain},role="json-rpc",node="json-rpc-${number}"`;
const series = (name: string, labels: string, values: string): Series => ({ [`${name}{${pod(1)},${labels}}`]: values });
const told = (status: string, values: string): Series => series("rpc_answers_total", `status="${status}"`, values);
const calls = (outcome: string, values: string): Series =>
  series("rpc_calls_total", `method="eth_call",outcome="${outcome}"`, values);
const serves = (node: string, values: string): Series => series("rpc_node_serving", `rpc_node="${node}"`, values);
/** Sixty calls a minute, that many of them answered within a bucket. */
const answered = (within: Record<string, number>): Series =>
  Object.fromEntries(
    Object.entries({ ...within, "+Inf": 60 }).map(([le, count]) => [
      `rpc_node_answer_duration_seconds_bucket{${pod(1)},rpc_node="rpc0",le="${le}"}`,
      `0+${count}x60`,
    ]),
  );
const rpcNode = (node: string, values: string): Series => ({
  [`up{job="ethereum",${chain},role="rpc-node",node="${node}"}`]: values,
});
const haproxy = (values: string): Series => ({
  [`haproxy_backend_active_servers{job="ethereum-gateways",${chain},role="gateway",node="gateway-1",proxy="json-rpc"}`]:
    values,
});

export const jsonRpcCases: AlertCase[] = [
  {
    alert: "JsonRpcDown",
    when: "no pod of the filter can be read",
    series: { [`up{${pod(1)}}`]: "1 0x20", [`up{${pod(2)}}`]: "1 0x20" },
    at: 5,
    fires: [ofChain],
  },
  {
    alert: "JsonRpcDown",
    when: "its pods run, and no RPC node serves",
    series: { [`up{${pod(1)}}`]: "1x20", ...serves("rpc0", "1 0x20"), ...serves("rpc1", "1 0x20") },
    at: 5,
    fires: [ofChain],
  },
  { alert: "JsonRpcDown", when: "HAProxy reaches no pod", series: haproxy("1 0x20"), at: 5, fires: [ofChain] },
  {
    alert: "JsonRpcDown",
    when: "one pod, and one RPC node, are away",
    series: {
      ...{ [`up{${pod(1)}}`]: "0x20", [`up{${pod(2)}}`]: "1x20" },
      ...{ ...serves("rpc0", "0x20"), ...serves("rpc1", "1x20"), ...haproxy("1x20") },
    },
    at: 10,
    fires: [],
  },
  {
    alert: "JsonRpcFailing",
    when: "one of ten is not answered",
    series: { ...told("200", "0+54x60"), ...told("503", "0+6x60") },
    at: 30,
    fires: [ofChain],
  },
  {
    alert: "JsonRpcFailing",
    when: "few are not answered, and many are refused",
    series: { ...told("200", "0+30x60"), ...told("503", "0+1x60"), ...told("429", "0+60x60") },
    at: 30,
    fires: [],
  },
  {
    alert: "JsonRpcRefusing",
    when: "most requests come too fast",
    series: { ...told("200", "0+60x60"), ...told("429", "0+120x60") },
    at: 40,
    fires: [ofChain],
  },
  {
    alert: "JsonRpcRefusing",
    when: "most calls are of methods that are not let in",
    series: { ...told("200", "0+120x60"), ...calls("refused", "0+110x60"), ...calls("let through", "0+10x60") },
    at: 40,
    fires: [ofChain],
  },
  {
    alert: "JsonRpcRefusing",
    when: "somebody tries a port now and then, and nobody else calls",
    series: { ...told("401", "0+6x60"), ...calls("refused", "0+1x60") },
    at: 40,
    fires: [],
  },
  {
    alert: "JsonRpcRefusing",
    when: "a third is refused",
    series: { ...told("200", "0+120x60"), ...told("401", "0+60x60"), ...calls("let through", "0+120x60") },
    at: 40,
    fires: [],
  },
  {
    alert: "JsonRpcSlow",
    when: "one of ten takes more than two and a half seconds",
    series: answered({ "1": 50, "2.5": 54, "5": 60 }),
    at: 30,
    fires: [{ ...ofChain, rpc_node: "rpc0" }],
  },
  { alert: "JsonRpcSlow", when: "all take less than a second", series: answered({ "1": 60 }), at: 30, fires: [] },
  {
    alert: "RpcNodeNotServing",
    when: "it answers Prometheus, and is behind",
    series: { ...serves("rpc0", "1x30"), ...serves("rpc1", "1 0x30"), ...rpcNode("rpc1", "1x30") },
    at: 10,
    fires: [{ ...ofChain, rpc_node: "rpc1", node: "rpc1" }],
  },
  {
    alert: "RpcNodeNotServing",
    when: "it is geth, which shows Prometheus nothing",
    series: serves("rpc1", "1 0x30"),
    at: 10,
    fires: [{ ...ofChain, rpc_node: "rpc1", node: "rpc1" }],
  },
  {
    alert: "RpcNodeNotServing",
    when: "it is down, which another alert says",
    series: { ...serves("rpc1", "1 0x30"), ...rpcNode("rpc1", "1 0x30") },
    at: 10,
    fires: [],
  },
  {
    alert: "RpcNodeNotServing",
    when: "it restarts",
    series: { ...serves("rpc1", "1 0 0 0 1x30"), ...rpcNode("rpc1", "1x30") },
    at: 10,
    fires: [],
  },
];
