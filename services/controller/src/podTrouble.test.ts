import { describe, expect, it } from "vitest";

import { type Pod, troubleOf } from "./podTrouble";

const metadata = { name: "peer0-org1-0", namespace: "dev" };
const pod = (container: object, kind: "containerStatuses" | "initContainerStatuses" = "containerStatuses"): Pod => ({
  metadata,
  spec: { containers: [{ name: "peer", image: "example.com/fabric-peer:9.9.9" }] },
  status: { [kind]: [{ name: "peer", image: "sha256:0", restartCount: 3, ...container }] },
});
const waiting = (reason: string, message = "") => ({ state: { waiting: { reason, message } } });
const crashed = (end: object) =>
  pod({ ...waiting("CrashLoopBackOff"), lastState: { terminated: { exitCode: 2, ...end } } });

describe("a pod", () => {
  it("that starts, runs, ended once or is about to start again is in no trouble", () => {
    expect(troubleOf({ metadata })).toBeUndefined();
    for (const status of [
      waiting("PodInitializing"),
      waiting("ContainerCreating"),
      { state: { running: {} } },
      { state: { running: {} }, lastState: { terminated: { exitCode: 137 } }, restartCount: 1 },
      { state: { running: {} }, lastState: { terminated: { exitCode: 137 } }, ready: true },
      { state: { terminated: { exitCode: 0 } }, ready: true },
    ]) {
      expect(troubleOf(pod(status))).toBeUndefined();
    }
  });

  it("whose image cannot be pulled says which image its spec asks for", () => {
    for (const reason of ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"]) {
      expect(troubleOf(pod(waiting(reason)))).toEqual({
        reason: "ImageNotAvailable",
        container: "peer",
        message:
          "Container peer of pod peer0-org1-0 has no image: example.com/fabric-peer:9.9.9 cannot be pulled. Correct its name or " +
          "tag in the stack file, or see whether the nodes may pull from its registry.",
      });
    }
  });

  it("that crashes passes its last complaint on, without the stack trace behind it", () => {
    const message = "listening\nError: no such asset class\n    at Server.start (/app/main.mjs:1:2)\n";
    expect(troubleOf(crashed({ message }))).toMatchObject({
      reason: "ContainerCrashes",
      message:
        "Container peer of pod peer0-org1-0 ends again and again, with exit code 2: Error: no such asset class. See its log.",
    });
    expect(troubleOf(crashed({}))!.message).toContain("with exit code 2. See its log");
  });

  it("that crashes is in trouble between two ends, too", () => {
    const terminated = { exitCode: 1, message: "no class" };
    for (const status of [
      { state: { terminated } },
      { state: { running: {} }, lastState: { terminated } },
      { ...waiting(""), lastState: { terminated } },
    ]) {
      expect(troubleOf(pod({ ...status, restartCount: 2, ready: false }))).toMatchObject({
        reason: "ContainerCrashes",
      });
    }
  });

  it("whose init container crashes names that container", () => {
    const status = { ...waiting("CrashLoopBackOff"), lastState: { terminated: { exitCode: 1, message: "refused" } } };
    expect(troubleOf(pod({ ...status, name: "enrol" }, "initContainerStatuses"))).toMatchObject({ container: "enrol" });
  });

  it("whose volume is full says so, wherever in the log that stands", () => {
    const message = "panic: write /var/hyperledger/x: no space left on device\n\ngoroutine 1 [running]:\nmain.main()\n";
    expect(troubleOf(crashed({ message }))).toMatchObject({
      reason: "VolumeFull",
      message: expect.stringContaining("(panic: write /var/hyperledger/x: no space left on device)"),
    });
  });

  it("that takes too much memory, cannot be created or cannot be scheduled says so", () => {
    expect(troubleOf(crashed({ reason: "OOMKilled" }))!.reason).toBe("OutOfMemory");
    expect(troubleOf(pod(waiting("CreateContainerConfigError", 'configmap "x" not found')))).toMatchObject({
      reason: "ContainerNotCreated",
      message: 'Container peer of pod peer0-org1-0: configmap "x" not found.',
    });
    const conditions = [
      { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes: insufficient cpu" },
    ];
    expect(troubleOf({ metadata, status: { conditions } })).toEqual({
      reason: "PodUnschedulable",
      message: "Pod peer0-org1-0 cannot be scheduled: 0/1 nodes: insufficient cpu.",
    });
  });
});
