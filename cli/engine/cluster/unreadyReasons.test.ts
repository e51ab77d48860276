import { describe, expect, it } from "vitest";

import type { KubernetesObject } from "./kubernetesObject";
import { reasonFor } from "./unreadyReasons";

const now = Date.parse("2026-01-01T12:00:00Z");
const set: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "peer0", namespace: "net", uid: "s" },
  spec: { selector: { matchLabels: { app: "peer0" } } },
  status: { updateRevision: "new" },
};

function pod(status: object, labels: object = {}, spec: object = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "peer0-0", namespace: "net", uid: "p", labels: { app: "peer0", ...labels } },
    spec,
    status,
  };
}

function warning(about: object, reason: string, message: string, time = "2026-01-01T11:59:00Z"): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: reason },
    involvedObject: { namespace: "net", ...about },
    reason,
    message,
    lastTimestamp: time,
  };
}

const explain = (pods: KubernetesObject[], events: KubernetesObject[] = [], since = now - 3600_000) =>
  reasonFor(set, { pods, events }, since);
const waiting = (reason: string, more: object = {}) => ({
  initContainerStatuses: [{ name: "enrol", image: "i:1", state: { waiting: { reason } }, ...more }],
});

describe("the reason why something is not ready", () => {
  it("is what its pod cannot mount", () => {
    const event = warning(
      { uid: "p" },
      "FailedMount",
      'MountVolume.SetUp failed for volume "x" : secret "peer0-enrolment" not found',
    );
    expect(explain([pod(waiting("PodInitializing"))], [event])).toBe(
      'pod peer0-0: FailedMount: MountVolume.SetUp failed for volume "x" : secret "peer0-enrolment" not found',
    );
  });

  it("is the newest warning, and none from long ago", () => {
    const events = [
      warning({ uid: "p" }, "Unhealthy", "probe failed", "2026-01-01T11:58:00Z"),
      warning({ uid: "p" }, "BackOff", "again", "2026-01-01T11:59:30Z"),
      warning({ uid: "other" }, "Other", "not ours", "2026-01-01T11:59:59Z"),
    ];
    expect(explain([pod({})], events)).toBe("pod peer0-0: BackOff: again");
    expect(explain([pod({})], events, now)).toBe("pod peer0-0: starting");
  });

  it("is the image that cannot be pulled", () => {
    expect(explain([pod(waiting("ImagePullBackOff"))])).toBe("pod peer0-0: container enrol: ImagePullBackOff i:1");
  });

  it("is how the last run of a container ended", () => {
    const crashed = waiting("CrashLoopBackOff", { lastState: { terminated: { exitCode: 2, reason: "Error" } } });
    expect(explain([pod(crashed)])).toBe(
      "pod peer0-0: container enrol: CrashLoopBackOff, its last run ended with Error (2)",
    );
  });

  it("is what a program says at its end", () => {
    const terminated = { exitCode: 1, reason: "Error", message: "CreateAsset failed:\n  the owner is missing" };
    expect(explain([pod({ containerStatuses: [{ name: "smoke-test", state: { terminated } }] })])).toBe(
      "pod peer0-0: container smoke-test: ended with Error (1): CreateAsset failed: the owner is missing",
    );
  });

  it("is the scheduler's, or the volume's", () => {
    const unscheduled = {
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes: Insufficient cpu" },
      ],
    };
    expect(explain([pod(unscheduled)])).toBe("pod peer0-0: Unschedulable: 0/1 nodes: Insufficient cpu");
    const claiming = pod({}, {}, { volumes: [{ persistentVolumeClaim: { claimName: "data-peer0-0" } }] });
    const event = warning({ kind: "PersistentVolumeClaim", name: "data-peer0-0" }, "ProvisioningFailed", "no space");
    expect(explain([claiming], [event])).toBe("pod peer0-0: volume claim data-peer0-0: ProvisioningFailed: no space");
  });

  it("tells how to free a pod that Kubernetes leaves at the former revision", () => {
    const stuck = pod(waiting("ImagePullBackOff"), { "controller-revision-hash": "old" });
    expect(explain([stuck])).toContain("kubectl delete pod peer0-0 -n net");
    const onDelete = { ...set, spec: { ...set.spec, updateStrategy: { type: "OnDelete" } } };
    expect(reasonFor(onDelete, { pods: [stuck], events: [] }, now)).not.toContain("kubectl delete pod");
  });

  it("is that pods cannot be made", () => {
    const event = warning({ kind: "StatefulSet", name: "peer0", uid: "s" }, "FailedCreate", "exceeded quota");
    expect(explain([], [event])).toBe("FailedCreate: exceeded quota");
    expect(explain([])).toBeUndefined();
  });
});
