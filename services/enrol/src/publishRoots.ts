/** The last step of the command `init-ca`: a CA's root certificates in a ConfigMap, for all that trust it. */
import type { X509Certificate } from "node:crypto";

import {
  caHome,
  caVariables,
  kafkaCaName,
  operationsCaName,
  rootKeyOf,
  rootKeys,
} from "../../../model/contracts/certificateAuthority";
import { managedLabels } from "../../../model/contracts/labels";
import { enrolManager } from "../../../model/contracts/names";
import { parseCertificate } from "../../common/certificates";
import { Failure } from "../../common/failure";
import { readIfThere } from "../../common/wholeFiles";
import { caServerPaths } from "./caConfig";
import { type ConfigMap, type ConfigMaps, configMapsInCluster } from "./configMaps";
import type { Log } from "./log";
import { type Environment, optional, required, scopeOf, secondsOf } from "./settings";
import { waitFor } from "./waiting";

/** Publishes the two root certificates of a CA server in a ConfigMap, once. */
export async function publishRoots(
  environment: Environment,
  log: Log,
  configMaps: ConfigMaps = configMapsInCluster(environment),
): Promise<void> {
  const name = required(environment, caVariables.rootsConfigMap);
  const paths = caServerPaths(optional(environment, caVariables.home, caHome));
  const [otherRoot, serverRoot] = [readRoot(paths.otherCaCertificate), readRoot(paths.serverCaCertificate)];
  const wanted =
    scopeOf(environment) === "platform"
      ? platformRootsConfigMap({ name, kafkaRoot: otherRoot, operationsRoot: serverRoot })
      : rootsConfigMap({
          name,
          organization: required(environment, caVariables.organization),
          network: environment[caVariables.network]?.trim(),
          signingRoot: otherRoot,
          tlsRoot: serverRoot,
        });
  const where = `ConfigMap ${name} in namespace ${configMaps.namespace}`;
  await waitFor(
    async () => {
      const found = await configMaps.get(name);
      if (found === undefined && (await configMaps.create(wanted))) {
        log(`${where}: created`);
        return;
      }
      const there = found ?? (await configMaps.get(name));
      if (there === undefined) return; // Deleted just now; the controller reports it missing.
      const differing = Object.keys(wanted.data ?? {}).filter((key) => there.data?.[key] !== wanted.data?.[key]);
      if (differing.length > 0) throw rootChanged(where, differing, there, wanted);
      log(`${where}: unchanged`);
    },
    { what: where, log, timeout: secondsOf(environment, caVariables.timeoutSeconds, 600) },
  );
}

/** What {@link rootsConfigMap} is made from. */
export interface Roots {
  name: string;
  organization: string;
  network?: string;
  signingRoot: X509Certificate;
  tlsRoot: X509Certificate;
}

/**
 * The ConfigMap that nodes, peers and the controller trust: both roots, and the peers' value of
 * CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG. It is built from parsed certificates, so that nothing else can get into it.
 */
export function rootsConfigMap({ name, organization, network, signingRoot, tlsRoot }: Roots): ConfigMap {
  return {
    metadata: { name, labels: managedLabels(enrolManager, network) },
    data: {
      [rootKeys.signing]: signingRoot.toString(),
      [rootKeys.tls]: tlsRoot.toString(),
      [rootKeys.builder]: JSON.stringify({ organization, tls_root_cert: tlsRoot.toString() }),
    },
  };
}

/** The ConfigMap with the roots of the platform's CAs. */
function platformRootsConfigMap(roots: { name: string; kafkaRoot: X509Certificate; operationsRoot: X509Certificate }) {
  const { name, kafkaRoot, operationsRoot } = roots;
  return {
    metadata: { name, labels: managedLabels(enrolManager, undefined) },
    data: {
      [rootKeyOf(kafkaCaName)]: kafkaRoot.toString(),
      [rootKeyOf(operationsCaName)]: operationsRoot.toString(),
    },
  };
}

function readRoot(path: string): X509Certificate {
  const certificate = parseCertificate(readIfThere(path));
  if (!certificate?.ca) {
    throw new Failure(`${path} is not a root certificate`, "Restore the CA's volume from a backup");
  }
  return certificate;
}

function rootChanged(where: string, keys: readonly string[], there: ConfigMap, wanted: ConfigMap): Failure {
  const fingerprint = (pem: string | undefined) =>
    parseCertificate(pem)?.fingerprint256.slice(0, 23) ?? "not a certificate";
  const changes = keys.map((key) =>
    key.endsWith(".pem")
      ? `${key} (published ${fingerprint(there.data?.[key])}…, on the volume ${fingerprint(wanted.data?.[key])}…)`
      : key,
  );
  return new Failure(
    `${where} does not match this CA's volume: ${changes.join(", ")}`,
    "Nodes trust the published roots: restore the CA's volume; delete the ConfigMap only if no node was ever enrolled",
  );
}
