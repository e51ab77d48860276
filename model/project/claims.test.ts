import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { environmentSchema } from "../stackFile/schema";
import { anyClaims, claim, environment, port } from "../testing";
import { type Claims, clashes, freePorts, nextFreePort } from "./claims";

const here = { environment: "local", context: "test" };

function exposure(gateway: object) {
  return environmentSchema.parse({ ...environment, gateway }).gateway!;
}

describe("two networks whose clients one Gateway of the cluster tells apart by names", () => {
  const route = (stack: string, more: Partial<Claims> = {}) => claim(stack, 443, { exposure: "TLSRoute", ...more });
  const found = (own: Claims, other: Claims) => clashes("baas:network", own, [other]).map(({ path }) => path);

  it("share its port", () => expect(found(route("a"), route("b"))).toEqual([]));

  it("cannot share a domain, whatever their environments are", () => {
    const second = { domain: "a.example.com", environment: "second" };
    expect(found(route("a"), route("b", second))).toEqual(["baas:network.domain"]);
  });
});

describe("the namespace of a network's sessions", () => {
  const found = (own: Partial<Claims>, other: Partial<Claims>) =>
    clashes("baas:network", claim("a", 30443, own), [claim("b", 30444, other)]).map(({ message }) => message);

  it("is no other stack's", () => {
    expect(found({ studioNamespace: "a-studio" }, { namespace: "a-studio" })).toEqual([
      '"a-studio", which is for sessions here, is the namespace of stacks/Pulumi.b.yaml, too: choose another namespace',
    ]);
    expect(found({ namespace: "b-studio" }, { studioNamespace: "b-studio" })).toEqual([
      '"b-studio", which is for it, is that of the sessions of stacks/Pulumi.b.yaml, too: choose another namespace',
    ]);
    expect(found({ studioNamespace: "a-studio" }, { studioNamespace: "b-studio" })).toEqual([]);
  });
});

describe("free ports", () => {
  const free = (gateway: object, ...claims: Claims[]) => freePorts(here, exposure(gateway), claims);

  it("are those of the range that no stack of the cluster has", () => {
    const claims = [claim("a", 30444), claim("b", 30445, { environment: "other" })];
    const elsewhere = claim("c", 30443, { environment: "third", context: "elsewhere" });
    expect(free({ ports: { from: 30443, to: 30446 } }, ...claims, elsewhere)).toEqual([30443, 30446]);
  });

  it("may have been taken by a TLSRoute already", () => {
    const gateway = { name: "edge", namespace: "edge" };
    const routes = { type: "TLSRoute", ports: { from: 443, to: 444 }, gateway };
    expect(free(routes, claim("a", 443, { exposure: "TLSRoute" }))).toEqual([443, 444]);
    expect(free(routes, claim("a", 443, { exposure: "LoadBalancer" }))).toEqual([444]);
  });

  it("are never ports of the nodes themselves", () => {
    expect(free({ type: "LoadBalancer", ports: { from: 7050, to: 7055 } })).toEqual([7050, 7051, 7055]);
  });
});

const range = fc.tuple(port, port).map(([a, b]) => exposure({ ports: { from: Math.min(a, b), to: Math.max(a, b) } }));
const sameCluster = (claims: Claims[]) => claims.filter(({ context }) => context === "test").map(({ port }) => port);

describe("whatever other stacks have", () => {
  it("the next port is the lowest of the range that none of the same cluster has", () => {
    fc.assert(
      fc.property(anyClaims, range, (claims, gateway) => {
        const next = nextFreePort(here, gateway, claims);
        const { from, to } = gateway.ports;
        const taken = sameCluster(claims);
        if (next !== undefined) expect(taken).not.toContain(next);
        for (let lower = from; lower < (next ?? to + 1); lower++) expect(taken).toContain(lower);
        expect(next ?? from).toBeGreaterThanOrEqual(from);
        expect(next ?? to).toBeLessThanOrEqual(to);
      }),
    );
  });

  it("the next port does not depend on the order of the stacks", () => {
    fc.assert(
      fc.property(anyClaims, range, (claims, gateway) => {
        expect(nextFreePort(here, gateway, [...claims].reverse())).toBe(nextFreePort(here, gateway, claims));
      }),
    );
  });

  it("networks that take one port after the other have all ports, each once", () => {
    fc.assert(
      fc.property(anyClaims, range, (claims, gateway) => {
        const all = [...claims];
        const free = freePorts(here, gateway, claims);
        for (let next; (next = nextFreePort(here, gateway, all)) !== undefined;) all.push(claim("new", next));
        expect(all.slice(claims.length).map(({ port }) => port)).toEqual(free);
      }),
    );
  });
});
