// Compiles the contract with solc, which is a package of npm: its interface and its code as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Interface and creation code of contracts/Storage.sol, as a module for the bundle. */
export function compiledContract() {
  const solc = createRequire(import.meta.url)("solc");
  const source = readFileSync(new URL("contracts/Storage.sol", import.meta.url), "utf8");
  const input = {
    language: "Solidity",
    sources: { "Storage.sol": { content: source } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      // The latest that geth with clique knows; later ones run it, too.
      evmVersion: "london",
      outputSelection: { "Storage.sol": { Storage: ["abi", "evm.bytecode.object"] } },
    },
  };
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input)));
  const failures = errors.filter(({ severity }) => severity === "error");
  if (failures.length > 0) throw new Error(failures.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const { abi, evm } = contracts["Storage.sol"].Storage;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}
