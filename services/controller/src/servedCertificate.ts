/** Reads the TLS certificate that a node presents. */
import type { X509Certificate } from "node:crypto";

import { FabricError, type FabricErrorInit } from "@baas/fabric";

import { commonName } from "../../common/certificates";
import { certificateFault, shownCertificate, tlsTimeoutCode } from "../../common/tls";
import { hostPort } from "./hostPort";

/** In milliseconds. */
const answerTimeout = 5_000;

/** A node whose TLS certificate is wanted. */
export interface Served {
  name: string;
  organization: string;
  /** `host:port`. */
  address: string;
  /** Root certificate (PEM) of the organization's TLS CA. */
  tlsRoot: string;
  /** Common name that the certificate must have. */
  enrolmentId: string;
}

/**
 * The TLS certificate that a node shows. Asking the node rather than the CA for it proves that the node holds the key: the
 * CA also lists certificates of keys that are lost. Checks the certificate's root, host and common name. The CA issues a
 * certificate with that name only to the holder of the enrolment secret.
 *
 * @throws {@link FabricError} `UNAVAILABLE` or `TIMEOUT` when it does not answer, `ACCESS_DENIED` when its certificate is not valid
 */
export async function servedCertificate(node: Served): Promise<X509Certificate> {
  const { name, organization, address, tlsRoot: root, enrolmentId } = node;
  const where = { step: "reading the TLS certificate", node: name, organization };
  // Orderers use gRPC and accept only HTTP/2.
  const asked = shownCertificate({ ...hostPort(address), root, protocols: ["h2"], timeout: answerTimeout });
  const certificate = await asked.catch((error: NodeJS.ErrnoException) => {
    throw new FabricError({ ...where, ...failureOf(error) });
  });
  if (commonName(certificate) === enrolmentId) return certificate;
  throw new FabricError({
    ...where,
    code: "ACCESS_DENIED",
    reason: `the node at ${address} shows a certificate of ${commonName(certificate) || "an unknown node"}, not of ${enrolmentId}`,
    hint: remedy,
  });
}

function failureOf({ code, message }: NodeJS.ErrnoException): Pick<FabricErrorInit, "code" | "reason" | "hint"> {
  if (code === tlsTimeoutCode) return { code: "TIMEOUT", reason: message };
  if (certificateFault(code) === undefined) return { code: "UNAVAILABLE", reason: `no connection (${message})` };
  return { code: "ACCESS_DENIED", reason: `its TLS certificate is not valid (${code})`, hint: remedy };
}

const remedy = "Restart its pod, which renews the certificate; see the log of its container enrol.";
