import { describe, expect, it } from "vitest";

import { versions } from "../files/versions";
import { upstreamReferenceAt } from "./images";

describe("an upstream image", () => {
  it("comes from the registry of the environment", () => {
    expect(upstreamReferenceAt("docker.io", "prom/prometheus:v3")).toBe("docker.io/prom/prometheus:v3");
    expect(upstreamReferenceAt("mirror.example.com/up", "prom/prometheus:v3")).toBe(
      "mirror.example.com/up/prom/prometheus:v3",
    );
  });

  it("that docker.io has not comes from its own, or from a mirror by the rest of its name", () => {
    const { kubeStateMetrics } = versions.images;
    expect(upstreamReferenceAt("docker.io", kubeStateMetrics)).toBe(kubeStateMetrics);
    expect(upstreamReferenceAt("mirror.example.com/up", kubeStateMetrics)).toBe(
      `mirror.example.com/up/${kubeStateMetrics.replace("registry.k8s.io/", "")}`,
    );
  });
});
