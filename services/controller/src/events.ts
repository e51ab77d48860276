/** Kubernetes Events about custom resources. */
import { createHash } from "node:crypto";

import { apiVersion } from "../../../model/contracts/apiGroup";
import { controllerName } from "../../../model/contracts/names";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { Outcome } from "./conditions";
import { collections, type CustomResource } from "./resources";

/** Kubernetes cuts an Event's message off here. */
const maxMessage = 1024;

/** Writes an Event about a custom resource, as `kubectl describe` shows them. */
export async function writeEvent(
  api: KubernetesApi,
  kind: string,
  object: CustomResource,
  outcome: Outcome,
  now: Date,
): Promise<void> {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const time = now.toISOString().replace(/\.\d{3}Z$/, "Z");
  const suffix = createHash("sha256").update(`${uid} ${outcome.reason} ${now.getTime()}`).digest("hex").slice(0, 16);
  await api.call("POST", collections.events(namespace), {
    body: {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name.slice(0, 230)}.${suffix}`, namespace },
      involvedObject: {
        apiVersion: object.apiVersion ?? apiVersion,
        kind,
        namespace,
        name,
        uid,
        resourceVersion,
      },
      type: outcome.ready || outcome.isNormal ? "Normal" : "Warning",
      reason: outcome.reason,
      message: outcome.message.slice(0, maxMessage),
      source: { component: controllerName },
      reportingComponent: controllerName,
      reportingInstance: controllerName,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    },
  });
}
