/** The init container of an Ethereum node. */
import {
  ethereumClients,
  ethereumDataDir,
  ethereumNodeVariables as variables,
} from "../../../model/contracts/ethereum";
import { required } from "../../common/environment";
import { Failure, messageOf } from "../../common/failure";
import { configMapsInCluster } from "./cluster";
import { type NodeSettings, prepareNode } from "./prepareNode";

const log = (line: string): void => void process.stdout.write(`baas-ethereum-node: ${line}\n`);

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  await prepareNode(settings, configMapsInCluster(process.env, required(variables.network)), log);
}

function readSettings(environment: NodeJS.ProcessEnv): NodeSettings {
  const given = required(variables.client, environment);
  const client = ethereumClients.find((each) => each === given);
  if (client === undefined)
    throw new Failure(`${variables.client} is "${given}"`, `Give one of ${ethereumClients.join(", ")}`);
  return {
    name: required(variables.node, environment),
    client,
    signs: required(variables.signs, environment) === "true",
    forks: environment[variables.forks],
    bootnodes: JSON.parse(environment[variables.bootnodes] ?? "[]") as NodeSettings["bootnodes"],
    allowedAccounts: environment[variables.allowedAccounts],
    dataDir: environment[variables.dataDir] ?? ethereumDataDir,
  };
}

// Node as process 1 would ignore them, and the pod would wait for the kill.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    log(`stopped by ${signal}; run again to go on`);
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`baas-ethereum-node: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
