import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { checkStack, type Stack } from "../project/stacks";
import { linesOf, TestProject } from "../testing";

const nodePorts = { ports: { from: 30443, to: 30445 } };
const loadBalancer = { type: "LoadBalancer", ports: { from: 7000, to: 7100 } };
const route = { type: "TLSRoute", ports: { from: 443, to: 443 }, gateway: { name: "edge", namespace: "ingress" } };

/** A project with the environment `local`, in which ports 30443 to 30445 are for networks. */
let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  environment("local", nodePorts);
});
afterEach(() => project.remove());

const environment = (name: string, gateway: object | undefined, context = "test"): void =>
  project.environment(name, { context, ...(gateway && { gateway }) });

const network = (gateway?: object, more: object = {}): object => ({
  environment: "local",
  domain: "net.example.com",
  organizations: [{ name: "org1" }, { name: "org2" }],
  ...(gateway && { gateway }),
  ...more,
});

/** Writes the file of another stack. */
const other = (gateway: object, more: object = {}, name = "other"): void => project.network(name, { gateway, ...more });

function read(gateway?: object, more: object = {}): Stack {
  return checkStack(project.dir, { project: "baas", stack: "net", network: network(gateway, more) });
}

/** The lines of the error that a network gives, and the file that they are about. */
const mistakes = (gateway?: object, more: object = {}): string[] => linesOf(() => read(gateway, more));

const file = "stacks/Pulumi.net.yaml";
const at = `${file} baas:network.gateway`;

describe("a network's gateway", () => {
  it("needs no more than its port", () => {
    expect(read({ port: 30443 })).toMatchObject({
      warnings: [],
      network: {
        gateway: {
          name: "gateway",
          identity: "gateway-org1",
          port: 30443,
          replicas: 2,
          apiHost: "api.net.example.com",
          organization: { name: "org1" },
          routes: [],
          limits: { connections: 2000, connectionsPerClient: 100, newConnectionsPerClient: 200, headerTimeout: "5s" },
          exposure: { type: "NodePort", proxyProtocol: false, nodePortRange: { from: 30000, to: 32767 } },
        },
      },
    });
  });

  it("passes through the names that the stack file says, and hands their port out instead of the nodes' own", () => {
    const passthrough = { peers: ["org2"], orderers: true, certificateAuthorities: ["org1", "orderer"] };
    const stack = read({ port: 30443, passthrough });
    if (stack.kind !== "network") throw new Error("not a network");
    const { gateway, organizations, ordering } = stack.network;
    expect(gateway!.routes.map(({ backend, names }) => [backend, ...names])).toEqual([
      ["peer0-org2", "peer0.org2.net.example.com", "peer0-org2.net.svc"],
      ["peers-org2", "peers.org2.net.example.com"],
      ["orderer0-orderer", "orderer0.net.example.com", "orderer0-orderer.net.svc"],
      ["ca-org1", "ca.org1.net.example.com"],
      ["ca-orderer", "ca.orderer.net.example.com"],
    ]);
    const nodes = [...organizations.flatMap(({ peers }) => peers), ...ordering.organization.orderers];
    expect(nodes.map(({ address, endpoint }) => `${address} ${endpoint}`)).toEqual([
      "peer0-org1.net.svc:7051 peer0-org1.net.svc:7051",
      "peer0-org2.net.svc:7051 peer0-org2.net.svc:30443",
      "orderer0-orderer.net.svc:7050 orderer0-orderer.net.svc:30443",
    ]);
  });

  it("is in no network that has none", () => {
    const stack = read();
    expect(stack.kind === "network" && stack.network).not.toHaveProperty("gateway");
  });

  it.each<[string, object, string]>([
    ["without a port", {}, `${at}.port: is missing (number)`],
    ["on port 0", { port: 0 }, `${at}.port: 0 is not allowed: at least 1`],
    ["on a port that there is not", { port: 70000 }, `${at}.port: 70000 is not allowed: at most 65535`],
    ["on a port in quotes", { port: "30443" }, `${at}.port: "30443" is not allowed: a number is expected`],
    ["without pods", { port: 30443, replicas: 0 }, `${at}.replicas: 0 is not allowed: at least 1`],
    [
      "of an organization that is not there",
      { port: 30443, organization: "org3" },
      `${at}.organization: there is no organization "org3". Did you mean "org1"? There are: org1, org2, orderer`,
    ],
    [
      "to peers of an organization that is not there",
      { port: 30443, passthrough: { peers: ["org1", "og2"] } },
      `${at}.passthrough.peers[1]: there is no organization "og2". Did you mean "org2"? There are: org1, org2`,
    ],
    [
      "to peers of the orderers' organization, which has none",
      { port: 30443, passthrough: { peers: ["orderer"] } },
      `${at}.passthrough.peers[0]: there is no organization "orderer". There are: org1, org2`,
    ],
    [
      "to the CA of an organization that is not there",
      { port: 30443, passthrough: { certificateAuthorities: ["order"] } },
      `${at}.passthrough.certificateAuthorities[0]: there is no organization "order". Did you mean "orderer"? There are: org1, org2, orderer`,
    ],
    [
      "to what it does not know",
      { port: 30443, passthrough: { peer: ["org1"] } },
      `${at}.passthrough.peer: unknown key. Did you mean "peers"? Allowed: peers, orderers, certificateAuthorities`,
    ],
    [
      "with a limit that it does not know",
      { port: 30443, limits: { connection: 10 } },
      `${at}.limits.connection: unknown key. Did you mean "connections"? Allowed: connections, connectionsPerClient, newConnectionsPerClient, headerTimeout`,
    ],
    [
      "with a limit that shuts everybody out",
      { port: 30443, limits: { connections: 1 } },
      `${at}.limits.connections: 1 is not allowed: at least 10`,
    ],
    [
      "with a time-out without unit",
      { port: 30443, limits: { headerTimeout: "5" } },
      `${at}.limits.headerTimeout: "5" is not allowed: a duration is a whole number with ms, s or m, such as 500ms; a day, 1440m, at most`,
    ],
    [
      "with a certificate whose Secret cannot be",
      { port: 30443, certificateSecret: "API_cert" },
      `${at}.certificateSecret: "API_cert" is not allowed: a Secret's name is lower-case letters, digits and "-", and starts with a letter`,
    ],
  ])("%s is refused", (_what, gateway, line) => expect(mistakes(gateway)).toEqual([line]));

  it("is refused in an environment that exposes none", () => {
    environment("local", undefined);
    expect(mistakes({ port: 30443 })).toEqual([
      `${at}: environment "local" exposes no gateways: give stacks/environments/local.yaml a "gateway" with the ports of its networks`,
    ]);
  });

  it("needs a port of its environment; the error names the next free one", () => {
    expect(mistakes({ port: 8443 })).toEqual([
      `${at}.port: 8443 is not one of the ports 30443 to 30445 of environment "local": the next free one is 30443`,
    ]);
    other({ port: 30443 });
    other({ port: 30445 }, {}, "third");
    expect(mistakes({ port: 30446 })).toEqual([
      `${at}.port: 30446 is not one of the ports 30443 to 30445 of environment "local": the next free one is 30444`,
    ]);
    other({ port: 30444 }, {}, "fourth");
    expect(mistakes({ port: 30446 })).toEqual([
      `${at}.port: 30446 is not one of the ports 30443 to 30445 of environment "local": all of them are taken`,
    ]);
  });

  it.each([
    [7052, "chaincode"],
    [7053, "ordererAdmin"],
    [7054, "certificateAuthority"],
  ])("cannot have port %i, which nodes have themselves (%s)", (port, name) => {
    environment("local", loadBalancer);
    expect(mistakes({ port })).toEqual([
      `${at}.port: ${port} is a port of the nodes themselves (${name}): choose another one`,
    ]);
  });

  it.each([7050, 7051])("may have port %i, which is that of the nodes it leads to", (port) => {
    environment("local", loadBalancer);
    expect(mistakes({ port })).toEqual([]);
  });
});

describe("a port that another network has", () => {
  const taken = (where: string) =>
    `${at}.port: 30443 is the gateway's port of stacks/Pulumi.other.yaml too: two stacks of ${where} cannot share it; the next free one is 30444`;

  it("is refused, with both files named", () => {
    other({ port: 30443 });
    expect(mistakes({ port: 30443 })).toEqual([taken('environment "local"')]);
  });

  it("is refused in two environments of one cluster too", () => {
    environment("second", nodePorts);
    other({ port: 30443 }, { environment: "second" });
    expect(mistakes({ port: 30443 })).toEqual([taken('cluster "test"')]);
  });

  it("is free in another cluster", () => {
    environment("second", nodePorts, "elsewhere");
    other({ port: 30443 }, { environment: "second" });
    expect(mistakes({ port: 30443 })).toEqual([]);
  });

  it("is shared where the cluster's Gateway tells networks apart by their names", () => {
    environment("local", route);
    other({ port: 443 });
    expect(mistakes({ port: 443 })).toEqual([]);
  });

  it("is not shared by a TLSRoute and a load balancer", () => {
    environment("local", route);
    environment("second", { type: "LoadBalancer", ports: { from: 443, to: 443 } });
    other({ port: 443 }, { environment: "second" });
    expect(mistakes({ port: 443 })).toEqual([
      `${at}.port: 443 is the gateway's port of stacks/Pulumi.other.yaml too: two stacks of cluster "test" cannot share it`,
    ]);
  });
});

describe("an environment's gateway", () => {
  const environmentFile = "stacks/environments/local.yaml";

  it.each<[string, object, string]>([
    ["without ports", {}, "(environment).gateway.ports: is missing (object)"],
    [
      "of a type that there is not",
      { ...nodePorts, type: "NodePorts" },
      '(environment).gateway.type: "NodePorts" is not allowed. Did you mean NodePort? Allowed: NodePort, LoadBalancer, TLSRoute',
    ],
    [
      "whose ports end before they begin",
      { ports: { from: 30445, to: 30443 } },
      "gateway.ports: ends at 30443, before its start at 30445",
    ],
    [
      "whose node ports end before they begin",
      { ...loadBalancer, nodePortRange: { from: 32767, to: 30000 } },
      "gateway.nodePortRange: ends at 30000, before its start at 32767",
    ],
    [
      "with ports that the cluster does not give to nodes",
      { ports: { from: 32760, to: 32770 } },
      "gateway.ports: the cluster gives node ports from 30000 to 32767 only, not all of 32760 to 32770: choose ports of " +
        "that range, or set gateway.nodePortRange to what the cluster's API server was started with",
    ],
    [
      "of type TLSRoute without a Gateway",
      { ...route, gateway: undefined },
      "gateway.gateway: is missing: TLSRoute needs the name and the namespace of a Gateway",
    ],
    [
      "with a Gateway that it does not use",
      { ...nodePorts, gateway: route.gateway },
      "gateway.gateway: is for TLSRoute only, not for NodePort: leave it out, or set gateway.type to TLSRoute",
    ],
    [
      "with the PROXY protocol, which no client speaks",
      { ...nodePorts, proxyProtocol: true },
      "gateway.proxyProtocol: needs a load balancer in front that speaks it; with NodePort clients come by themselves: set it to false",
    ],
  ])("%s is refused, and the file is named", (_what, gateway, line) => {
    environment("local", JSON.parse(JSON.stringify(gateway)));
    expect(mistakes({ port: 30443 })).toEqual([`${environmentFile} ${line}`]);
    // Whether or not this network has one: the file is wrong for all.
    expect(mistakes()).toEqual([`${environmentFile} ${line}`]);
  });

  it("may have any ports once it says that the cluster gives them", () => {
    environment("local", { ports: { from: 443, to: 443 }, nodePortRange: { from: 1, to: 65535 } });
    expect(mistakes({ port: 443 })).toEqual([]);
  });

  it("may have any ports with a load balancer", () => {
    environment("local", { ...loadBalancer, proxyProtocol: true });
    expect(mistakes({ port: 7000 })).toEqual([]);
  });
});

describe("identities of clients", () => {
  const withClients = (...clients: string[]) => ({ organizations: [{ name: "org1", clients }, { name: "org2" }] });

  const client0 = "baas:network.organizations[0].clients[0]";

  it.each<[string, string, string, string]>([
    ["the gateway", "gateway", "Identity", "the gateway does (baas:network.gateway)"],
    ["the administrator", "admin", "Identity", 'organization "org1" does (baas:network.organizations[0].name)'],
    ["a peer", "peer0", "Identity", 'organization "org1" does (baas:network.organizations[0].name)'],
    ["the CA", "ca", "pods", 'organization "org1" does (baas:network.organizations[0].name)'],
  ])("cannot have the name of %s", (_what, client, kind, other) => {
    expect(mistakes({ port: 30443 }, withClients(client))).toEqual([
      `${file} ${client0}: client "${client}" of organization "org1" would get the ${kind} "${client}-org1", as ${other}: rename one`,
    ]);
  });

  it("have each name once", () => {
    const [first, second] = [0, 1].map((j) => `baas:network.organizations[0].clients[${j}]`);
    expect(mistakes(undefined, withClients("app", "app"))).toEqual([
      `${file} ${second}: client "app" is taken by ${first}`,
    ]);
  });

  it.each([
    ["registrar", "the registrar of ca-org1", "organizations[0].name"],
    ["asset-1-0-org1", 'chaincode "asset" of organization "org1"', "chaincodes[0].name"],
    ["asset-1-0-smoke-test", 'the smoke test of chaincode "asset"', "chaincodes[0].name"],
  ])("cannot enrol as %s, as %s does", (client, owner, place) => {
    const smokeTest = { submit: [["Create"]], evaluate: ["Read"] };
    const image = "registry.example.com/asset:1";
    const more = {
      ...withClients(client),
      channels: [{ name: "main" }],
      chaincodes: [{ name: "asset", channel: "main", image, version: "1.0", smokeTest }],
    };
    expect(mistakes(undefined, more)).toEqual([
      `${file} ${client0}: client "${client}" of organization "org1" would get the enrolment ID "${client}" at ca-org1, ` +
        `as ${owner} does (baas:network.${place}): rename one`,
    ]);
  });

  it("may be called like the gateway where there is none", () => {
    expect(mistakes(undefined, withClients("gateway"))).toEqual([]);
  });

  it.each(["App", "1app", "app_1"])("cannot be called %s", (client) => {
    expect(mistakes(undefined, withClients(client))).toEqual([
      `${file} baas:network.organizations[0].clients[0]: "${client}" is not allowed: a client's name is lower-case letters, digits and "-", and starts with a letter`,
    ]);
  });
});
