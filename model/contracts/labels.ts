import { group, networkLabel } from "../customResources/definition";

/** Kinds of workloads; the value of `app.kubernetes.io/component`. */
export type Role =
  "certificate-authority" | "peer" | "orderer" | "kafka" | "chaincode" | "client" | "gateway" | "controller";

/** Label that names the organization an object belongs to. */
export const organizationLabel = `${group}/organization`;

/** What an object is, for {@link labels}. */
export interface Identification {
  /** Network that it belongs to; none for the platform. */
  network?: string;
  organization?: string;
  role?: Role;
  /** Name of the one node or server, such as `peer0-org1`. */
  instance?: string;
}

/**
 * Labels of an object: those that Kubernetes recommends, and whose it is.
 * They serve as selectors too, so they never change during the life of an object.
 */
export function labels({ network, organization, role, instance }: Identification): Record<string, string> {
  return {
    "app.kubernetes.io/part-of": "baas",
    ...(network === undefined ? {} : { [networkLabel]: network }),
    ...(organization === undefined ? {} : { [organizationLabel]: organization }),
    ...(role === undefined ? {} : { "app.kubernetes.io/component": role }),
    ...(instance === undefined ? {} : { "app.kubernetes.io/instance": instance }),
  };
}
