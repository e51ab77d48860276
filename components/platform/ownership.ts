/** Keeps the networks' objects apart from everything else in the cluster, whatever program writes them. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import {
  ownershipBindingSpec,
  ownershipPolicyName as name,
  ownershipPolicySpec,
} from "../../model/contracts/ownership";

/**
 * An admission policy for objects with this project's labels. It refuses to put them on an object that was somebody else's or
 * another network's, to make such an object in a namespace that is not its network's, to take them off a namespace, and to give
 * a peer another state database; and it keeps the controller from changing pod templates. So no program takes over what others
 * made, or breaks what runs: `pulumi up`, `apply`, `kubectl apply` of rendered manifests, GitOps.
 *
 * @returns the objects; whatever has these labels is created after them
 */
export function ownershipPolicy(opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const metadata = { name, labels: labels({}) };
  const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
    name,
    { metadata, spec: ownershipPolicySpec },
    opts,
  );
  const binding = new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    name,
    { metadata, spec: ownershipBindingSpec },
    { ...opts, dependsOn: [policy] },
  );
  return [policy, binding];
}
