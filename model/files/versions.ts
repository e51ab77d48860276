/** Upstream versions, as infra/versions.yaml names them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { load } from "js-yaml";

/** Contents of versions.yaml, the one place where upstream versions are named. */
export interface Versions {
  fabric: {
    /** Fabric versions that a stack file may name, by release series (`2.5`), newest first. */
    supported: Record<string, string[]>;
  };
  /** Image names without registry, unless they are not at docker.io; peer and orderer are tagged with the network's Fabric version. */
  images: {
    peer: string;
    orderer: string;
    certificateAuthority: string;
    couchdb: string;
    haproxy: string;
    kafka: string;
    prometheus: string;
    alertmanager: string;
    grafana: string;
    kubeStateMetrics: string;
    nodeExporter: string;
    besu: string;
    geth: string;
  };
}

/** Upstream versions, read once. */
export const versions = load(readFileSync(join(__dirname, "..", "..", "infra", "versions.yaml"), "utf8")) as Versions;

/** Fabric versions that a stack file may name. The first is the default of a new network. */
export const fabricVersions: readonly string[] = Object.values(versions.fabric.supported).flat();

/** The Fabric version of a network whose stack file names none. */
export const defaultFabricVersion = fabricVersions[0]!;
