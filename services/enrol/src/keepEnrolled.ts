/** The command `keep`: the sidecar that renews the certificates of a program which loads them without a restart. */
import { keeperVariables } from "../../../model/contracts/gatewayKeeper";
import { enrolClients } from "./clientIdentities";
import { enrolNode } from "./enrolNode";
import type { Log } from "./log";
import { every, retryWait } from "./repeated";
import { type Environment, intervalOf } from "./settings";

/** Renews the certificates of a pod, with the keys that it has. Runs until the pod ends. */
export async function keepEnrolled(environment: Environment, log: Log): Promise<void> {
  const renewal = intervalOf(environment, keeperVariables.renewalSeconds, 3600);
  await every(
    async () => {
      const own = await enrolNode(environment, { tlsOnly: false }, log);
      const renewAt = Math.min(own, await enrolClients(environment, log));
      return Math.min(renewal, Math.max(renewAt - Date.now(), retryWait));
    },
    Math.min(renewal, retryWait),
    log,
  );
}
