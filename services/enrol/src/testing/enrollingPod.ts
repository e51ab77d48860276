/** For tests: the folders and variables of a pod that enrols at a double of a CA. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { FabricCaDouble } from "../../../common/testing/fabricCaDouble";

/** The secret that its Identity enrols with. */
export const enrolmentSecret = "the-enrolment-secret";

/** A pod with an Identity of its own. */
export interface EnrollingPod {
  /** Where its Secret and its roots are mounted, and its crypto material is kept. */
  directory: string;
  output: string;
  environment: Record<string, string>;
  /** Writes a value of its Secret. */
  secret(key: string, value: string): void;
}

/**
 * Makes one, and registers its Identity.
 *
 * @param hosts - names in its certificates, separated by commas
 */
export function enrollingPod(server: FabricCaDouble, name: string, hosts: string, type?: string): EnrollingPod {
  const directory = mkdtempSync(join(tmpdir(), "enrol-"));
  const output = join(directory, "crypto");
  for (const folder of ["roots", "secret"]) mkdirSync(join(directory, folder));
  for (const caName of ["ca", "tlsca"] as const) {
    writeFileSync(join(directory, "roots", `${caName}.pem`), server[caName].pem);
  }
  const secret = (key: string, value: string): void => writeFileSync(join(directory, "secret", key), value);
  secret("enrolmentId", name);
  secret("enrolmentSecret", enrolmentSecret);
  server.mood = "well";
  server.register(name, enrolmentSecret, type);
  const environment = {
    ENROL_CA_URL: server.url,
    ENROL_HOSTS: hosts,
    ENROL_OUTPUT_DIR: output,
    ENROL_ROOTS_DIR: join(directory, "roots"),
    ENROL_SECRET_DIR: join(directory, "secret"),
    ENROL_TIMEOUT_SECONDS: "1",
  };
  return { directory, output, environment, secret };
}
