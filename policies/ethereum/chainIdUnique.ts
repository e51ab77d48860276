import { clashes } from "../../model/project/claims";
import { objectPolicy } from "../kit/policy";

/** No two chains have the same ID. */
export const chainIdUnique = objectPolicy({
  name: "ethereum-chain-id-unique",
  level: "mandatory",
  description: "No two stacks have the same chain ID.",
  why: "A transaction is signed for a chain ID. With the same one, what is signed for one chain could be sent to the other.",
  limits: "Reads all files in stacks/: a chain of another repository is not seen.",
  kinds: ["EthereumNetwork"],
  check(object, { stackFile }) {
    const { claims, stack } = stackFile;
    const { chainId } = object.body.spec ?? {};
    const own = claims.find((claim) => claim.stack === stack);
    if (own === undefined || typeof chainId !== "number") return [];
    const others = claims.filter((claim) => claim.stack !== stack);
    return clashes(stackFile.root, { ...own, chainId }, others)
      .filter(({ path }) => path.endsWith(".chainId"))
      .map(({ message }) => ({
        place: `${stackFile.file}: ${stackFile.root}.chainId: ${object.kind} ${object.namespace}/${object.name}`,
        message,
      }));
  },
});
