import { describe, expect, it } from "vitest";

import { contextOf } from "../cluster/clusterConnection";
import type { ApplyResult } from "./apply";
import { applySummary, destroySummary, kubectlCommand, parseDuration } from "./applyText";
import { redact } from "./redaction";

const result: ApplyResult = {
  stack: "dev",
  context: "baas-local",
  local: "local",
  ...{ created: 0, changed: 0, replaced: 0, unchanged: 79, deleted: 0 },
  kept: [],
  notReady: [],
  end: "ready",
  stillRunning: [],
  missingImages: [],
  namespaces: ["dev"],
  seconds: 4,
};
const pod = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "peer0", namespace: "dev" } };

describe("the result of an apply", () => {
  it("says that nothing changed", () => {
    expect(applySummary(result)).toBe("dev in baas-local: nothing changed (79 objects); all ready (4 s)");
  });

  it("counts what happened", () => {
    expect(applySummary({ ...result, created: 2, deleted: 1, unchanged: 3 })).toBe(
      "dev in baas-local: 2 created, 1 deleted, 3 unchanged; all ready (4 s)",
    );
  });

  it("names what is not ready, why, and what to do", () => {
    const missing = {
      object: pod,
      reason: "not running: image fabric-peer:2.5 is missing",
      missingImages: ["fabric-peer:2.5"],
    };
    const blocked = applySummary({
      ...result,
      notReady: [missing],
      end: "blocked",
      missingImages: ["fabric-peer:2.5"],
    });
    expect(blocked).toContain("nothing changed (79 objects); 1 not ready");
    expect(blocked).toContain("  StatefulSet dev/peer0: not running: image fabric-peer:2.5 is missing");
    expect(blocked).toContain("./baas local load ARCHIVE");
    expect(blocked).not.toContain("still running");
    const late = applySummary({ ...result, notReady: [{ object: pod, reason: "starting" }], end: "timeout" });
    expect(late).toContain("-> Inspect: ./baas local kubectl -n dev get pods,events");
    expect(late).toContain("./baas apply dev --context baas-local");
  });

  it("says what runs until all is ready, though it is no longer declared", () => {
    const missing = { object: pod, reason: "not running: image kafka:2 is missing", missingImages: ["kafka:2"] };
    const running = { end: "blocked" as const, missingImages: ["kafka:2"], stillRunning: ["StatefulSet dev/kafka4"] };
    expect(applySummary({ ...result, notReady: [missing], ...running })).toContain(
      "no longer declared, but still running until all is ready: StatefulSet dev/kafka4\n" +
        "  -> Nothing was deleted. Then continue: ./baas apply dev --context baas-local",
    );
  });

  it("calls kubectl as it reaches the cluster", () => {
    const { local: _local, ...elsewhere } = result;
    expect(kubectlCommand({ ...result, local: "second" })).toBe("./baas local kubectl --name second");
    expect(kubectlCommand({ ...elsewhere, context: "kind" })).toBe("kubectl --context kind");
  });
});

it("the result of a destroy names what is kept and how to be rid of it", () => {
  const text = destroySummary({ stack: "dev", context: "c", deleted: 3, kept: ["Namespace dev"], seconds: 2 });
  expect(text).toContain("3 objects deleted (2 s)\nkept:\n  Namespace dev\n");
  expect(text).toContain("./baas destroy dev --purge");
});

describe("arguments", () => {
  it("write durations with a unit", () => {
    expect([parseDuration("90s"), parseDuration("10m"), parseDuration("1h")]).toEqual([90_000, 600_000, 3_600_000]);
    expect(() => parseDuration("10")).toThrow("such as 10m");
  });
});

it("the context is the one that all providers of a program name", () => {
  const provider = (context?: string) => ({
    ...{ urn: "", name: "", custom: true, options: { dependsOn: [], propertyDependencies: {} } },
    type: "pulumi:providers:kubernetes",
    inputs: { ...(context !== undefined && { context }) },
  });
  const of = (...registrations: ReturnType<typeof provider>[]) => contextOf({ stack: "s", registrations });
  expect(of(provider("a"), provider("a"))).toBe("a");
  expect(() => of(provider("a"), provider("b"))).toThrow('stack "s" names several contexts (a, b)');
  expect(() => of(provider())).toThrow("--context NAME");
});

it("secrets are taken out of whatever is shown", () => {
  expect(redact("token hunter22, hunter22!", ["hunter22"])).toBe("token [secret], [secret]!");
});
