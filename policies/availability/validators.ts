import { type EthereumClient, ethereumClients, quorumOf } from "../../model/contracts/ethereum";
import { objectPolicy } from "../kit/policy";

/** A chain goes on without one of its validators. */
export const validators = objectPolicy<{ tolerated: number }>({
  name: "availability-validators",
  level: "mandatory",
  description: "The validators of an Ethereum network are enough to lose one.",
  why:
    "With QBFT two thirds of the validators must agree on a block. Of two or three all must: every restart stops the chain, and one that is " +
    "lost ends it. Drains take one validator at a time, which a network of four survives.",
  settings: {
    tolerated: { type: "integer", minimum: 0, default: 1, description: "Number of validators that may be lost." },
  },
  kinds: ["EthereumNetwork"],
  check(object, { settings, stackFile }) {
    const { client, validators = [] } = object.body.spec ?? {};
    const known: EthereumClient = ethereumClients.find((each) => each === client) ?? "besu";
    const survives = (count: number): number => count - quorumOf(known, count);
    const count = validators.length;
    if (survives(count) >= settings.tolerated) return [];
    let least = count;
    while (survives(least) < settings.tolerated) least++;
    const place = `${stackFile.file}: ${stackFile.root}.validators: ${object.kind} ${object.namespace}/${object.name}`;
    const what = `${count} validator${count === 1 ? " survives" : "s survive"} the loss of ${survives(count)}`;
    return [{ place, message: `${what}. Write ${least}, or more` }];
  },
});
