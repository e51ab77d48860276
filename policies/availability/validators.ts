import { quorumOf } from "../../model/contracts/ethereum";
import { objectPolicy } from "../kit/policy";

/** A chain goes on without one of its validators. */
export const validators = objectPolicy<{ tolerated: number }>({
  name: "availability-validators",
  level: "mandatory",
  description: "The validators of an Ethereum network are enough to lose one.",
  why:
    "With QBFT a third of the validators, less one, may fail in whatever way: of fewer than four, none. With clique fewer than half may. " +
    "Restarts and drains take one validator at a time, which the others must survive.",
  settings: {
    tolerated: { type: "integer", minimum: 0, default: 1, description: "Number of validators that may fail." },
  },
  kinds: ["EthereumNetwork"],
  check(object, { settings, stackFile }) {
    const { client, validators = [] } = object.body.spec ?? {};
    const survives = (count: number): number =>
      client === "geth" ? count - quorumOf("geth", count) : Math.floor((count - 1) / 3);
    const count = validators.length;
    if (survives(count) >= settings.tolerated) return [];
    let least = count;
    while (survives(least) < settings.tolerated) least++;
    const place = `${stackFile.file}: ${stackFile.root}.validators: ${object.kind} ${object.namespace}/${object.name}`;
    const what = `${count} validator${count === 1 ? " survives" : "s survive"} a failure of ${survives(count)}`;
    return [{ place, message: `${what}. Write ${least}, or more` }];
  },
});
