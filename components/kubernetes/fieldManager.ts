/** Makes every `pulumi up` write objects under one name. */
import type * as pulumi from "@pulumi/pulumi";

import { pulumiFieldManager } from "../../model/contracts/annotations";

/**
 * The name under which the Pulumi CLI owns fields of objects (server-side apply). The provider would make up a name for each
 * creation: after an interrupted `up`, which creates an object a second time, the object had two owners, and the next edit was a
 * conflict.
 */
const fieldManager = { "pulumi.com/patchFieldManager": pulumiFieldManager };

/** A transformation that gives the Kubernetes objects below a component the same field manager on every run. */
export function withFieldManager({ type, props, opts }: pulumi.ResourceTransformationArgs) {
  if (!type.startsWith("kubernetes:")) return undefined;
  const { annotations, ...metadata } = props.metadata;
  return { props: { ...props, metadata: { ...metadata, annotations: { ...fieldManager, ...annotations } } }, opts };
}
