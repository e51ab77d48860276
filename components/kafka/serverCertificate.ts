/** Where brokers and ZooKeepers find their certificates. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

/** Files in PEM, as Kafka and ZooKeeper read them. */
export interface PemFiles {
  /** Private key (PKCS#8) and certificate, in this order. */
  keyStore: string;
  /** Certificates of the CAs that sign what may connect. */
  trustStore: string;
}

/** How a pod gets its certificate. */
export interface ServerCertificate {
  files: PemFiles;
  initContainers: k8sInput.core.v1.Container[];
  volumes: k8sInput.core.v1.Volume[];
  egress: k8sInput.networking.v1.NetworkPolicyEgressRule[];
  /** Objects that the pod mounts. */
  dependsOn: pulumi.Resource[];
}
