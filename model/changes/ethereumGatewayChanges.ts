/** What changes at the edge of an Ethereum network: who reaches it, and what they may call. */
import { added, changed, changedTogether, count, matched, named, type NetworkChange, removed } from "./change";

const subject = "gateway";

/** A gateway, as its component describes it. */
export interface EthereumGatewayDescription {
  host: string;
  port: number;
  replicas: number;
  /** How the port gets outside the cluster. */
  exposure: string;
  certificateSecret?: string;
  /** Names of tokens, with the beginnings of their hashes; absent where anyone may call. */
  clients?: string[];
  methods: string[];
  calls: Record<string, number>;
}

/** Compares two states of a gateway; absent means that there is none. */
export function ethereumGatewayChanges(
  before?: EthereumGatewayDescription,
  after?: EthereumGatewayDescription,
): NetworkChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [added(subject, textOf(after!), anyone(after!))];
  if (after === undefined) {
    return [removed(subject, textOf(before), ["nothing of the network is reached from outside the cluster any more"])];
  }
  const own = "that each pod makes";
  return [
    changed(subject, "port", before.port, after.port, {
      consequences: [`clients must call https://${after.host}:${after.port}; the old port closes`],
      loud: true,
    }),
    changed(subject, "name", before.host, after.host, { consequences: ["clients must call the new name"], loud: true }),
    changed(subject, "exposure", before.exposure, after.exposure, {
      consequences: ["clients may find it at another address"],
      loud: true,
    }),
    changed(subject, "replicas", before.replicas, after.replicas, { consequences: [] }),
    changed(subject, "certificate", before.certificateSecret ?? own, after.certificateSecret ?? own, {
      consequences: ["clients must trust who has issued it; WebSockets come back to other pods"],
      loud: true,
    }),
    tokenChanges(before, after),
    methodChanges(before.methods, after.methods),
    changedTogether(subject, "calls", before.calls, after.calls, "loaded without a restart"),
  ].flat();
}

function textOf({ host, port, clients }: EthereumGatewayDescription): string {
  return `https://${host}:${port}; ${clients === undefined ? "anyone may call" : count(clients.length, "token")}`;
}

function anyone({ clients }: EthereumGatewayDescription): string[] {
  return clients === undefined ? ["whoever reaches the port may call, and send transactions"] : [];
}

function tokenChanges(before: EthereumGatewayDescription, after: EthereumGatewayDescription): NetworkChange[] {
  if (before.clients === undefined && after.clients === undefined) return [];
  if (after.clients === undefined) return [{ ...removed(subject, "tokens", anyone(after)) }];
  const { come, gone } = matched(before.clients ?? [], after.clients, (client) => client);
  const first = before.clients === undefined ? ["clients without a token are refused from now on"] : [];
  return [
    ...(come.length === 0 ? [] : [added(subject, named("token", come), first)]),
    ...(gone.length === 0
      ? []
      : [
          removed(subject, named("token", gone), [
            "clients with it are refused, and their WebSockets end, without a restart",
          ]),
        ]),
  ];
}

function methodChanges(before: readonly string[], after: readonly string[]): NetworkChange[] {
  const { come, gone } = matched(before, after, (method) => method);
  return [
    ...(come.length === 0 ? [] : [added(subject, named("method", come), ["clients may call it from now on"])]),
    ...(gone.length === 0 ? [] : [removed(subject, named("method", gone), ["clients that call it get an error"])]),
  ];
}
