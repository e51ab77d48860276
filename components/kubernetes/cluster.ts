/** The cluster of a stack. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link Cluster}. */
export interface ClusterArgs {
  /** Context in the kubeconfig. No other cluster is touched. */
  context: string;
}

/**
 * The Kubernetes cluster that a stack runs on: the two providers that everything else uses.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Provider of everything that `destroy` deletes. */
  readonly provider: k8s.Provider;
  /** Provider of Namespaces and custom resource definitions, which `destroy` retains. It adopts existing ones. */
  readonly retainedProvider: k8s.Provider;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Cluster", name, { ...args }, opts);
    const settings: k8s.ProviderArgs = {
      // The CLI's own: KUBECONFIG or ~/.kube/config. Without this, the path in KUBECONFIG would become part of the state, and
      // another path a change.
      kubeconfig: "",
      context: args.context,
      // Without it, a new address or certificate in the kubeconfig would look like another cluster and replace all objects.
      clusterIdentifier: args.context,
      enableServerSideApply: true,
      // Changed in place: pods restart by the hash of their configuration, not by the name of the ConfigMap.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    };
    this.provider = new k8s.Provider(name, settings, { parent: this });
    this.retainedProvider = new k8s.Provider(
      `${name}-retained`,
      { ...settings, upsertExistingObjects: true },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
