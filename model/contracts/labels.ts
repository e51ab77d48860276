/** Labels that identify objects and their owners. Selectors find objects by them. */
import { group } from "./apiGroup";

/** Label that names the product; its value on every object of a stack is {@link productName}. */
export const partOfLabel = "app.kubernetes.io/part-of";
/** Value of {@link partOfLabel}. */
export const productName = "baas";
/** Label that names the network an object belongs to. */
export const networkLabel = `${group}/network`;
/** Label that names the organization an object belongs to. */
export const organizationLabel = `${group}/organization`;
/** Label with the {@link Role} of a workload. */
export const roleLabel = "app.kubernetes.io/component";
/** Label that names the one node or server, such as `peer0-org1`. */
export const instanceLabel = "app.kubernetes.io/instance";
/** Label that names the program that manages an object. */
export const managedByLabel = "app.kubernetes.io/managed-by";
/** Label on pods that are for debugging; its value is `"true"`. */
export const debugLabel = `${group}/debug`;
/** Label that Kubernetes gives an EndpointSlice: the Service that it belongs to. */
export const serviceLabel = "kubernetes.io/service-name";

/** Kinds of workloads; the value of {@link roleLabel}. */
export type Role =
  | "certificate-authority"
  | "peer"
  | "orderer"
  | "validator"
  | "bootnode"
  | "rpc-node"
  | "json-rpc"
  | "kafka"
  | "zookeeper"
  | "chaincode"
  | "client"
  | "gateway"
  | "api"
  | "studio-gate"
  | "studio-session"
  | "controller"
  | "prometheus"
  | "alertmanager"
  | "grafana"
  | "kube-state-metrics"
  | "node-exporter";

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
 * Labels of an object: those that Kubernetes recommends, and those of its network and organization.
 * They serve as selectors too, so they never change during the life of an object.
 */
export function labels({ network, organization, role, instance }: Identification): Record<string, string> {
  return {
    [partOfLabel]: productName,
    ...(network === undefined ? {} : { [networkLabel]: network }),
    ...(organization === undefined ? {} : { [organizationLabel]: organization }),
    ...(role === undefined ? {} : { [roleLabel]: role }),
    ...(instance === undefined ? {} : { [instanceLabel]: instance }),
  };
}

/**
 * Labels of an object that a program in the cluster makes beside those of the stack.
 *
 * @param manager - the program
 * @param network - that the object belongs to, if any
 */
export function managedLabels(manager: string, network: string | undefined): Record<string, string> {
  return { [managedByLabel]: manager, ...(network ? { [networkLabel]: network } : {}) };
}
