/** The enrolment call to a Fabric CA, and what its errors mean to a pod. */
import { type CaName, caVariables } from "../../../model/contracts/certificateAuthority";
import { enrolVariables } from "../../../model/contracts/enrolment";
import { CaClient, type Enrolment } from "../../common/fabricCa/caClient";
import { CaError } from "../../common/fabricCa/caError";
import { Failure, TryAgain } from "../../common/failure";
import { ConfigurationFailure } from "./settings";

/** How to reach a CA. */
export interface CaAddress {
  /** For example `https://ca-org1:7054`. */
  url: string;
  caName: CaName;
  /** PEM of the root that the server's TLS certificate must come from. */
  tlsRoot: string;
}

/** Fabric CA's code for errors without a code of their own, such as a locked database. */
const uncodedFailure = 0;

/**
 * The CA rejects the identity with this secret. The controller registers within seconds. After that the pod has to fail: a
 * failing pod shows the controller that the CA has another secret than the one it registered.
 */
class NotAccepted extends TryAgain {
  override readonly patience = 45_000;
}

/**
 * Enrols: gets a certificate from the CA.
 *
 * @returns PEM
 * @throws {@link TryAgain} when the server is not reachable, not ready, or does not know the identity (yet)
 * @throws {@link Failure} when trying again would not help
 */
export async function enrol({ url, caName, tlsRoot }: CaAddress, enrolment: Enrolment): Promise<string> {
  if (!/^https:\/\/[^/]+$/.test(url)) {
    throw new ConfigurationFailure(`The CA's URL is "${url}"`, "Give one like https://ca-org1:7054");
  }
  try {
    return await new CaClient(url, caName, tlsRoot).enrol(enrolment);
  } catch (error) {
    if (!(error instanceof CaError)) throw error;
    throw failureOf(error, `CA ${caName} at ${url}`, url, enrolment.enrolmentId);
  }
}

/** Turns an error of the CA into one that is retried or one that is final, with the remedy. */
function failureOf({ kind, message, cause, code }: CaError, ca: string, url: string, enrolmentId: string): Failure {
  const log = "See the log of the CA's pod";
  switch (kind) {
    case "RegistrarRejected":
    case "EnrolmentRejected":
      return new NotAccepted(
        `${ca} does not accept ${enrolmentId}: it is not registered yet, or with another secret`,
        `See \`kubectl describe identity\` of ${enrolmentId}: the controller registers it with the password in its Secret`,
      );
    case "Refused":
      if (code === uncodedFailure) return new TryAgain(`${ca} failed: ${cause}`, log);
      return new Failure(`${ca} refused to enrol ${enrolmentId}: ${cause}`, log);
    case "RootChanged":
    case "ServerCertificateInvalid":
      if (cause === "CERT_HAS_EXPIRED" || cause === "CERT_NOT_YET_VALID") {
        return new TryAgain(message, "The controller restarts the CA's pod, which renews its certificate");
      }
      return new Failure(
        `The TLS certificate of ${url} is not valid against tlsca.pem (${cause})`,
        cause === "ERR_TLS_CERT_ALTNAME_INVALID"
          ? `Name the host of ${enrolVariables.caUrl} in the CA's ${caVariables.hosts} and restart the CA's pod`
          : "Compare the CA's root with its ConfigMap: a changed root means that its volume was lost",
      );
    case "Unreachable":
      return new TryAgain(message, "See whether its pod is ready and whether a NetworkPolicy lets this pod reach it");
  }
}
