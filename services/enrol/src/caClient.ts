/** The enrolment call to a Fabric CA, and what its errors mean to a pod. */
import { createHash } from "node:crypto";
import https from "node:https";

import FabricCAServices from "fabric-ca-client";
import { Utils } from "fabric-common";

import { caVariables } from "../../../model/contracts/certificateAuthority";
import { enrolVariables } from "../../../model/contracts/enrolment";
import { configurationExitCode, Failure, messageOf } from "./failure";
import { TryAgain } from "./retry";

/** One CA of a fabric-ca-server, as an enrolling node needs it. */
export interface CaClient {
  /**
   * Has a certificate issued.
   *
   * @param csr - PEM; its key stays with the caller
   * @returns PEM
   * @throws {@link TryAgain} when the server is not reachable, not ready, or does not know the identity (yet)
   * @throws {@link Failure} when trying again would not help
   */
  enrol(csr: string): Promise<string>;
}

/** How to reach a CA and who enrols. */
export interface CaClientOptions {
  /** For example `https://ca-org1:7054`. */
  url: string;
  /** Name of the CA in the server, `ca` or `tlsca`. */
  caName: string;
  /** PEM of the root that the server's TLS certificate must come from. */
  tlsRoot: string;
  /** The signing profile, `tls` for TLS certificates. */
  profile?: string;
  enrolmentId: string;
  enrolmentSecret: string;
}

/** The library's own limit is 3 s, which a CA on a busy machine can miss. In milliseconds. */
const answerTimeout = 15_000;

/** Fabric CA's code for "unknown identity or wrong secret". */
const authenticationFailure = 20;

/** Fabric CA's code for what it has no code for: a locked database, for example. */
const uncodedFailure = 0;

/**
 * The CA does not know the identity by this secret. The controller registers within seconds; after that the pod has to fail:
 * it is by failing pods that the controller learns that a CA has another secret than it believes.
 */
class NotAccepted extends TryAgain {
  override readonly patience = 45_000;
}

/** What the library's types leave out. */
interface LibrarySettings {
  setLogger(logger: Record<"debug" | "info" | "warn" | "error", () => void>): void;
  setConfigSetting(name: string, value: unknown): void;
}

const library = Utils as unknown as LibrarySettings;
const silent = () => {};
library.setLogger({ debug: silent, info: silent, warn: silent, error: silent });
library.setConfigSetting("connection-timeout", answerTimeout);
// The library adds a listener to the connection at each request, which would pile up on connections that are kept.
https.globalAgent = new https.Agent({ keepAlive: false });

/** A client of one CA, which keeps no keys: neither in memory nor on disk. */
export function caClient(options: CaClientOptions): CaClient {
  const { url, caName, tlsRoot, profile, enrolmentId, enrolmentSecret } = options;
  if (!/^https:\/\/[^/]+$/.test(url)) {
    throw new Failure(`The CA's URL is "${url}"`, "Give one like https://ca-org1:7054", configurationExitCode);
  }
  const services = new FabricCAServices({
    url,
    caName,
    tlsOptions: { trustedRoots: [tlsRoot], verify: true },
    // All that enrolling with a ready-made request asks of a crypto suite; the default one would make keys with jsrsasign.
    cryptoSuite: { hash: (text: string) => createHash("sha256").update(text).digest("hex") } as never,
  });
  return {
    async enrol(csr) {
      try {
        const request = { enrollmentID: enrolmentId, enrollmentSecret: enrolmentSecret, csr };
        const { certificate } = await services.enroll(profile ? { ...request, profile } : request);
        return certificate;
      } catch (error) {
        throw explain(error, url, caName, enrolmentId);
      }
    },
  };
}

/** Tells what can be tried again from what cannot, in words that say what to do. Exported for its tests. */
export function explain(error: unknown, url: string, caName: string, enrolmentId: string): Failure {
  const { code, errors } = error as { code?: unknown; errors?: { code?: unknown; message?: string }[] };
  const ca = `CA ${caName} at ${url}`;
  // An AggregateError of several addresses has errors, too; their codes are words.
  const refusal = errors?.find((one) => typeof one.code === "number");
  if (refusal?.code === authenticationFailure) {
    return new NotAccepted(
      `${ca} does not accept ${enrolmentId}: it is not registered yet, or with another secret`,
      `See \`kubectl describe identity\` of ${enrolmentId}: the controller registers it with the secret of its Secret`,
    );
  }
  if (refusal?.code === uncodedFailure) {
    return new TryAgain(`${ca} failed: ${refusal.message}`, "See the log of the CA's pod");
  }
  if (refusal) {
    return new Failure(`${ca} refused to enrol ${enrolmentId}: ${refusal.message}`, "See the log of the CA's pod");
  }
  if (typeof code === "string" && /CERT|SELF_SIGNED|ISSUER|SIGNATURE|ERR_TLS/.test(code)) {
    const hint =
      code === "ERR_TLS_CERT_ALTNAME_INVALID"
        ? `Name the host of ${enrolVariables.caUrl} in the CA's ${caVariables.hosts} and restart the CA's pod`
        : "If it expired, restart the CA's pod; otherwise compare the CA's root with its ConfigMap: a changed root means that " +
          "its volume was lost";
    return new Failure(`The TLS certificate of ${url} does not hold against tlsca.pem (${code})`, hint);
  }
  const message = messageOf(error);
  const cause =
    typeof code === "string"
      ? code
      : (/HTTP status code \d+|CONNECTION Timeout/.exec(message)?.[0] ??
        (message.startsWith("Could not parse") ? "its answer is not JSON" : message));
  return new TryAgain(
    `${ca} is not reachable (${cause})`,
    "See whether its pod is ready and whether a NetworkPolicy lets this pod reach it",
  );
}
