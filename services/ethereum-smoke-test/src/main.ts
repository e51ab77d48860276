/** Runs the test that its environment describes, and writes the result to the termination message. */
import { readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import { ethereumSmokeTestVariables as variables, type SmokeTestNode } from "../../../model/contracts/ethereum";
import { messageOf } from "../../common/failure";
import { jsonLog } from "../../common/log";
import { type SmokeTest, smokeTest } from "./smokeTest";

const log = jsonLog("info");

/** Where Kubernetes takes a container's termination message from, and how much of it. */
const messageFile = process.env[variables.messageFile] ?? "/dev/termination-log";
const longestMessage = 4096;

async function main(): Promise<void> {
  const result = await smokeTest(readTest(process.env), log);
  log.info(`read ${result.answer} from ${result.readBack.join(", ")}`);
  writeFileSync(messageFile, JSON.stringify(result));
}

function readTest(environment: NodeJS.ProcessEnv): SmokeTest {
  const required = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === "") throw new Error(`Reading ${name} failed: it is not set`);
    return value;
  };
  const keyFile = environment[variables.keyFile];
  const key = keyFile === undefined ? generatePrivateKey() : (readFileSync(keyFile, "utf8").trim() as `0x${string}`);
  return {
    chainId: Number(required(variables.chainId)),
    nodes: JSON.parse(required(variables.nodes)) as SmokeTestNode[],
    account: privateKeyToAccount(key),
    isFree: keyFile === undefined,
    contract: JSON.parse(readFileSync(join(import.meta.dirname, "contract.json"), "utf8")) as SmokeTest["contract"],
    confirmations: Number(environment[variables.confirmations] ?? 1),
    timeout: Number(environment[variables.timeoutSeconds] ?? 600) * 1000,
  };
}

// Node as process 1 would ignore them, and the pod would wait for the kill.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

main().catch((error: unknown) => {
  const message = messageOf(error);
  log.error(message);
  writeFileSync(messageFile, message.slice(0, longestMessage));
  process.exitCode = 1;
});
