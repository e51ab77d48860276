/** Reads the TLS certificate that a node presents. */
import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";

import { FabricError, type FabricErrorCode } from "@baas/fabric";

import { commonName } from "../../common/certificates";

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
  const { name, organization, address, tlsRoot, enrolmentId } = node;
  const where = { step: "reading the TLS certificate", node: name, organization };
  const colon = address.lastIndexOf(":");
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  const certificate = await new Promise<X509Certificate | undefined>((resolve, reject) => {
    // Orderers use gRPC and accept only HTTP/2.
    const socket = connect({ host, port, servername: host, ca: tlsRoot, minVersion: "TLSv1.2", ALPNProtocols: ["h2"] });
    const fail = (code: FabricErrorCode, reason: string, hint?: string) => {
      socket.destroy();
      reject(new FabricError({ ...where, code, reason, hint }));
    };
    socket.setTimeout(answerTimeout, () => fail("TIMEOUT", `no answer within ${answerTimeout} ms`));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const { code = "", message } = error;
      if (!/CERT|ALTNAME|SELF_SIGNED|ISSUER|SIGNATURE/.test(code))
        return fail("UNAVAILABLE", `no connection (${message})`);
      fail("ACCESS_DENIED", `its TLS certificate is not valid (${code})`, remedy);
    });
    socket.on("secureConnect", () => {
      resolve(socket.getPeerX509Certificate());
      socket.end();
    });
  });
  if (certificate && commonName(certificate) === enrolmentId) return certificate;
  throw new FabricError({
    ...where,
    code: "ACCESS_DENIED",
    reason: `the node at ${address} shows a certificate of ${certificate ? commonName(certificate) : "an unknown node"}, not of ${enrolmentId}`,
    hint: remedy,
  });
}

const remedy = "Restart its pod, which renews the certificate; see the log of its container enrol.";
