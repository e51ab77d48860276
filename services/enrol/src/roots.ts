/** The roots of the organization, as they are mounted into a pod. */
import type { X509Certificate } from "node:crypto";
import { join } from "node:path";

import { parseCertificate } from "../../common/certificates";
import { Failure } from "../../common/failure";
import { mounted } from "./settings";

/**
 * Reads a root.
 *
 * @throws {@link Failure} if it is none
 */
export function readRoot(directory: string, file: string): X509Certificate {
  const pem = mounted(directory, file, "ConfigMap <ca>-roots");
  const certificate = parseCertificate(pem);
  if (!certificate?.ca) {
    throw new Failure(`${join(directory, file)} is not a root certificate`, "Mount ConfigMap <ca>-roots there");
  }
  return certificate;
}
