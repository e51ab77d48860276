import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { dnsName } from "../contracts/names";
import { ports } from "../contracts/ports";
import { environmentSchema, type NetworkConfig, networkSchema } from "../stackFile/schema";
import { checkNetwork } from "./networkChecks";
import { allOrganizations, type NetworkPlan } from "./networkPlan";
import { defaultMspId, planNetwork } from "./planNetwork";

const environment = environmentSchema.parse({ context: "test", images: { project: "registry.example.com" } });

function plan(config: object): { config: NetworkConfig; plan: NetworkPlan; errors: string[] } {
  const parsed = networkSchema.parse({ environment: "local", domain: "net.example.com", ...config });
  const network = planNetwork("net", parsed, environment);
  return {
    config: parsed,
    plan: network,
    errors: checkNetwork("baas:network", parsed, network).errors.map(({ message }) => message),
  };
}

/** Every name of a Kubernetes object that a plan composes, with the longest that Kubernetes takes. */
function objectNames(network: NetworkPlan): { name: string; limit: number }[] {
  const nodes = allOrganizations(network).flatMap((organization) => [
    organization.certificateAuthority,
    ...organization.peers,
    ...organization.orderers,
  ]);
  return [
    ...nodes.map(({ name }) => ({ name, limit: 52 })),
    ...nodes.map(({ name }) => ({ name: `${name}-headless`, limit: 63 })),
    ...network.chaincodes.flatMap(({ servers }) => servers.map(({ name }) => ({ name, limit: 63 }))),
    ...network.chaincodes.flatMap(({ smokeTest }) => (smokeTest ? [{ name: smokeTest.name, limit: 63 }] : [])),
  ];
}

const organizationName = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
const organization = fc.record({ name: organizationName, peers: fc.integer({ min: 1, max: 4 }) });
const chaincode = fc.record({
  name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,9}([-_][A-Za-z0-9]{1,10}){0,2}$/),
  version: fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.+-]{0,10}[A-Za-z0-9])?$/),
  channel: fc.constant("main"),
  source: fc.constant("chaincode/any"),
  smokeTest: fc.option(fc.constant({ submit: [["Create"]], evaluate: ["Read"] }), { nil: undefined }),
});
const network = fc.record({
  ordering: fc.record({ nodes: fc.integer({ min: 1, max: 7 }), organization: fc.record({ name: organizationName }) }),
  organizations: fc.array(organization, { minLength: 1, maxLength: 4 }),
  channels: fc.constant([{ name: "main" }]),
  chaincodes: fc.array(chaincode, { maxLength: 3 }),
});

describe("any network that the checks accept", () => {
  it("has only names that Kubernetes accepts, each once", () => {
    fc.assert(
      fc.property(network, (config) => {
        const { plan: planned, errors } = plan(config);
        fc.pre(errors.length === 0);
        const names = objectNames(planned);
        for (const { name, limit } of names) {
          expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
          expect(name.length).toBeLessThanOrEqual(limit);
        }
        expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
      }),
    );
  });

  it("calls every node by its external name and by its Service, in its certificate", () => {
    fc.assert(
      fc.property(network, (config) => {
        for (const { peers, orderers, certificateAuthority } of allOrganizations(plan(config).plan)) {
          for (const node of [...peers, ...orderers, certificateAuthority]) {
            expect(node.hosts).toEqual(expect.arrayContaining([node.fqdn, node.name, `${node.name}.net.svc`]));
          }
        }
      }),
    );
  });

  it("keeps every name when a peer, an orderer or an organization is added", () => {
    fc.assert(
      fc.property(network, (config) => {
        const before = plan(config);
        fc.pre(before.errors.length === 0);
        const grown = {
          ...config,
          ordering: { ...config.ordering, nodes: config.ordering.nodes + 1 },
          organizations: [
            ...config.organizations.map((o) => ({ ...o, peers: o.peers + 1 })),
            { name: "zz-newcomer", peers: 1 },
          ],
        };
        const names = objectNames(plan(grown).plan).map(({ name }) => name);
        expect(names).toEqual(expect.arrayContaining(objectNames(before.plan).map(({ name }) => name)));
      }),
    );
  });
});

describe("ports", () => {
  it("never clash within a pod", () => {
    expect(new Set(Object.values(ports)).size).toBe(Object.values(ports).length);
  });
});

describe("names", () => {
  it.each([
    ["org1", "Org1MSP"],
    ["orderer", "OrdererMSP"],
    ["big-bank", "BigBankMSP"],
  ])("of %s give the MSP ID %s", (name, mspId) => expect(defaultMspId(name)).toBe(mspId));

  it.each([
    ["asset-transfer-1.0", "asset-transfer-1-0"],
    ["Fast_Asset-1.0+build", "fast-asset-1-0-build"],
  ])("such as %s become %s in Kubernetes", (text, name) => expect(dnsName(text)).toBe(name));
});
