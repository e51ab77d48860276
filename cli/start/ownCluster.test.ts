import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { TestProject } from "../../model/testing";
import { gatewayPorts } from "./ownCluster";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
});
afterEach(() => project.remove());

const none = { used: [], spare: [] };
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("the ports that lead to the local cluster", () => {
  it("are those of its networks, and the next 30 for networks to come", () => {
    project.environment("local", { context: "baas-local", gateway: { ports: { from: 30443, to: 30499 } } });
    project.network("alpha", { gateway: { port: 30443 } });
    project.network("beta", { gateway: { port: 30499 } });
    expect(gatewayPorts(project.dir, "baas-local")).toEqual({ used: [30443, 30499], spare: range(30444, 30473) });
  });

  it("are all of a range that is small", () => {
    project.environment("local", { context: "baas-local", gateway: { ports: { from: 30443, to: 30445 } } });
    expect(gatewayPorts(project.dir, "baas-local")).toEqual({ used: [], spare: [30443, 30444, 30445] });
  });

  it("are none of other clusters, whatever mistakes their environments have", () => {
    project.environment("far", { context: "far", gateway: { ports: { from: 1, to: 2 }, type: "Nothing" } });
    project.environment("local", { context: "baas-local" });
    expect(gatewayPorts(project.dir, "baas-local")).toEqual(none);
    expect(gatewayPorts(project.dir, "baas-local-other")).toEqual(none);
  });

  it("are none where a load balancer or a Gateway has them", () => {
    const gateway = { type: "LoadBalancer", ports: { from: 443, to: 443 } };
    project.environment("local", { context: "baas-local", gateway });
    project.network("alpha", { gateway: { port: 443 } });
    expect(gatewayPorts(project.dir, "baas-local")).toEqual(none);
  });
});
