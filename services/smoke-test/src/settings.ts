/** The test that a pod is to run, from its environment variables and mounted files. */
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { credentials } from "@grpc/grpc-js";

import { mspFiles } from "../../../model/contracts/enrolment";
import { rootFileOf, type SmokeTestPeer, smokeTestVariables } from "../../../model/contracts/smokeTest";
import { Failure, messageOf } from "../../common/failure";
import { inStage } from "./failure";
import { type Identity, Peer } from "./peer";
import type { SmokeTest } from "./smokeTest";
import type { Call } from "./submit";

/** Environment variables, as in `process.env`. Their names are in model/contracts/smokeTest.ts. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** For each step once the chaincode is committed; its servers may still be starting. */
const stepPatience = { timeout: 120_000, shortest: 500, longest: 4_000 };

/**
 * The test that a pod's environment and its mounted files describe.
 *
 * @throws {@link Failure} when a variable or a file is missing or wrong, which it names
 */
export function readTest(environment: Environment): SmokeTest {
  const variable = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === "") throw wrong(name, "it is not set");
    return value;
  };
  const json = <T>(name: string): T => {
    try {
      return JSON.parse(variable(name)) as T;
    } catch (error) {
      throw wrong(name, messageOf(error));
    }
  };
  const identity = readIdentity(variable(smokeTestVariables.mspId), variable(smokeTestVariables.mspDir));
  const roots = variable(smokeTestVariables.rootsDir);
  const endpoints = json<SmokeTestPeer[][]>(smokeTestVariables.peers);
  const peers = endpoints.map((organization) =>
    organization.map((endpoint) => {
      const root = readFile(join(roots, rootFileOf(endpoint.organization)));
      return new Peer(endpoint, credentials.createSsl(root), identity);
    }),
  );
  return {
    channel: variable(smokeTestVariables.channel),
    chaincode: variable(smokeTestVariables.chaincode),
    version: variable(smokeTestVariables.version),
    submit: json<Call[]>(smokeTestVariables.submit),
    evaluate: json<Call>(smokeTestVariables.evaluate),
    organizations: peers,
    patience: { timeout: Number(variable(smokeTestVariables.timeoutSeconds)) * 1000, shortest: 500, longest: 2_000 },
    stepPatience,
  };
}

/** The identity that the enrolment has left in an MSP folder. */
function readIdentity(mspId: string, folder: string): Identity {
  const certificate = readFile(join(folder, mspFiles.signingCertificate)).toString();
  return { mspId, certificate, key: createPrivateKey(readFile(join(folder, mspFiles.signingKey))) };
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw wrong(path, messageOf(error));
  }
}

function wrong(what: string, reason: string): Failure {
  return new Failure(...inStage({ stage: "configuration", what: `Reading ${what}`, reason }));
}
