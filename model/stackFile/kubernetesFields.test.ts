import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { answersTo, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local");
});
afterEach(() => project.remove());

const answers = (more: object): string[] => answersTo(project.dir, more);

describe("fields of an environment that Kubernetes would refuse are refused", () => {
  const subdomain =
    'lower-case letters, digits, "-" and ".", with a letter or digit at both ends and on both sides of each "."';
  const registry =
    "a registry is a host, perhaps with a port from 1 to 65535 and a lower-case path, such as registry.example.com:5000/ledgers; no scheme";
  const host = "lower-case labels of at most 63 characters with dots between them; the last label is no number";
  const address = `an address is an IP address or the name of a host, without scheme and port; a name is ${host}`;
  const qualified =
    'letters, digits, "-", "_" and ".", at most 63, with a letter or digit at both ends; a lower-case domain of at most ' +
    '253 and "/" may be before it';
  const balanced = (more: object): object => ({
    gateway: { type: "LoadBalancer", ports: { from: 443, to: 443 }, ...more },
  });
  const routed = (gateway: object): object => ({
    gateway: {
      type: "TLSRoute",
      ports: { from: 443, to: 443 },
      gateway: { name: "edge", namespace: "edge", ...gateway },
    },
  });
  const images = (more: object): object => ({ images: { project: "registry.example.com", ...more } });

  it.each<[string, object, string]>([
    [
      "a storage class with capitals",
      { storageClass: "Fast_SSD" },
      `storageClass: "Fast_SSD" is not allowed: a StorageClass's name is ${subdomain}`,
    ],
    [
      "an empty storage class",
      { storageClass: "" },
      `storageClass: "" is not allowed: a StorageClass's name is ${subdomain}`,
    ],
    [
      "a cluster domain with a dot at its end",
      { clusterDomain: "cluster.local." },
      `clusterDomain: "cluster.local." is not allowed: a cluster's domain is ${host}`,
    ],
    [
      "a cluster domain with capitals",
      { clusterDomain: "Cluster.Local" },
      `clusterDomain: "Cluster.Local" is not allowed: a cluster's domain is ${host}`,
    ],
    [
      "a cluster domain in which pods' names have no room",
      { clusterDomain: `${"a".repeat(60)}.${"b".repeat(40)}` },
      `clusterDomain: "${"a".repeat(56)}... is not allowed: a cluster's domain has at most 90 characters`,
    ],
    [
      "a context with a line feed",
      { context: "kind\nprod" },
      'context: "kind\\nprod" is not allowed: a context is one line of text, not empty, without spaces at its ends',
    ],
    [
      "a context with a space at its end",
      { context: "kind " },
      'context: "kind " is not allowed: a context is one line of text, not empty, without spaces at its ends',
    ],
    [
      "an empty context",
      { context: "" },
      'context: "" is not allowed: a context is one line of text, not empty, without spaces at its ends',
    ],
    [
      "a context with an escape",
      { context: "a\u001b[0m" },
      'context: "a\\u001b[0m" is not allowed: a context has no control characters',
    ],
    [
      "a registry with a scheme",
      images({ upstream: "https://docker.io" }),
      `images.upstream: "https://docker.io" is not allowed: ${registry}`,
    ],
    [
      "a registry with a slash at its end",
      images({ project: "docker.io/" }),
      `images.project: "docker.io/" is not allowed: ${registry}`,
    ],
    [
      "a registry with a path in capitals",
      images({ project: "ghcr.io/MyOrg" }),
      `images.project: "ghcr.io/MyOrg" is not allowed: ${registry}`,
    ],
    [
      "a registry with a tag",
      images({ project: "ghcr.io/org/app:1.0" }),
      `images.project: "ghcr.io/org/app:1.0" is not allowed: ${registry}`,
    ],
    ["an empty registry", images({ project: "" }), `images.project: "" is not allowed: ${registry}`],
    ...["r.io:0/baas", "r.io:65536", "r.io:99999/baas"].map((registryWithPort): [string, object, string] => [
      `the registry ${registryWithPort}, of a port that there is not`,
      images({ project: registryWithPort }),
      `images.project: "${registryWithPort}" is not allowed: ${registry}`,
    ]),
    [
      "a registry in brackets that is no address",
      images({ project: "[::::]:5000/baas" }),
      'images.project: "[::::]:5000/baas" is not allowed: the host in brackets is no IPv6 address',
    ],
    ...["a..b/-c:3", "a//b:3", "a_/.b:3", "a___b:1", "/a:1", "a.:1", "a:latest", "r.io:5000/a:1"].map(
      (haproxy): [string, object, string] => [
        `the image ${haproxy} instead of HAProxy's`,
        images({ overrides: { haproxy } }),
        `images.overrides.haproxy: "${haproxy}" is not allowed: an image is a path with a tag other than latest, a digest, or both, ` +
          "such as hyperledger/fabric-ca:1.5.21@sha256:<64 digits>; between the letters and digits of each part is one of " +
          '".", "_", "__" and "-"',
      ],
    ),
    ...["0.0.0.0", "::", "0:0::0", "224.0.0.1", "255.255.255.255", "ff02::1"].map(
      (nobodys): [string, object, string] => [
        `the address ${nobodys}, at which no host is reached`,
        balanced({ address: nobodys }),
        `gateway.address: "${nobodys}" is not allowed: an address of one host is expected: this one stands for no host, or for many`,
      ],
    ),
    [
      "an annotation whose domain is too long",
      balanced({ annotations: { [`${"a".repeat(250)}.com/x`]: "b" } }),
      `gateway.annotations["${"a".repeat(56)}...]: the key "${"a".repeat(56)}... is not allowed: the key of an annotation is ${qualified}`,
    ],
    [
      "an annotation that kubectl writes",
      balanced({ annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } }),
      'gateway.annotations.kubectl.kubernetes.io/last-applied-configuration: the key "kubectl.kubernetes.io/last-applied-configuration" ' +
        "is not allowed: it is an annotation that Kubernetes itself writes",
    ],
    [
      "an address with a scheme",
      balanced({ address: "https://edge.example.com" }),
      `gateway.address: "https://edge.example.com" is not allowed: ${address}`,
    ],
    [
      "an address with a port",
      balanced({ address: "10.1.2.3:443" }),
      `gateway.address: "10.1.2.3:443" is not allowed: ${address}`,
    ],
    [
      "an address that is no IP address",
      balanced({ address: "10.1.2.300" }),
      `gateway.address: "10.1.2.300" is not allowed: ${address}`,
    ],
    [
      "an annotation without a name",
      balanced({ annotations: { "example.com/": "x" } }),
      `gateway.annotations.example.com/: the key "example.com/" is not allowed: the key of an annotation is ${qualified}`,
    ],
    [
      "an annotation with a space",
      balanced({ annotations: { "my key": "x" } }),
      `gateway.annotations["my key"]: the key "my key" is not allowed: the key of an annotation is ${qualified}`,
    ],
    [
      "an annotation of the program itself",
      balanced({ annotations: { "pulumi.com/skipAwait": "false" } }),
      'gateway.annotations.pulumi.com/skipAwait: the key "pulumi.com/skipAwait" is not allowed: annotations of baas.io and ' +
        "pulumi.com are for the program itself",
    ],
    [
      "an annotation that is no text",
      balanced({ annotations: { "example.com/on": true } }),
      "gateway.annotations.example.com/on: true is not allowed: a text is expected; put it in quotes",
    ],
    [
      "a load balancer class with a space",
      balanced({ loadBalancerClass: "my lb" }),
      `gateway.loadBalancerClass: "my lb" is not allowed: a load balancer class is ${qualified}`,
    ],
    [
      "a Gateway with capitals",
      routed({ name: "Edge" }),
      `gateway.gateway.name: "Edge" is not allowed: the name is ${subdomain}`,
    ],
    [
      "a Gateway in a namespace with a dot",
      routed({ namespace: "edge.system" }),
      'gateway.gateway.namespace: "edge.system" is not allowed: a namespace is lower-case letters, digits and "-", with a letter ' +
        "or digit at both ends",
    ],
    [
      "a Gateway's listener with a slash",
      routed({ sectionName: "a/b" }),
      `gateway.gateway.sectionName: "a/b" is not allowed: the name is ${subdomain}`,
    ],
  ])("%s", (_what, more, line) => {
    project.environment("local", more);
    expect(answers({})).toEqual([`stacks/environments/local.yaml (environment).${line}`]);
  });

  it("a load balancer class where there is no load balancer", () => {
    project.environment("local", { gateway: { ports: { from: 30443, to: 30445 }, loadBalancerClass: "internal" } });
    expect(answers({})).toEqual([
      "stacks/environments/local.yaml gateway.loadBalancerClass: is for LoadBalancer only, not for NodePort: leave it out, or set " +
        "gateway.type to LoadBalancer",
    ]);
  });

  it.each<[string, object]>([
    ["a context of EKS", { context: "arn:aws:eks:eu-west-1:123456789012:cluster/trade" }],
    ["a context with a space in it", { context: "my cluster" }],
    ["registries with ports and paths", images({ upstream: "registry:5000/mirror/docker.io", project: "my_team" })],
    [
      "annotations of a cloud",
      balanced({ annotations: { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb", plain: "" } }),
    ],
    ["an IPv6 address", balanced({ address: "2001:db8::1" })],
    ["the address of this machine", balanced({ address: "127.0.0.1" })],
    ["images in another path", images({ overrides: { haproxy: "mirror/a-b__c.d/haproxy:3.2" } })],
    ["registries of other ports", images({ upstream: "r.io:1", project: "[2001:db8::1]:65535/baas" })],
    [
      "an annotation whose domain just fits",
      balanced({ annotations: { [`${"a".repeat(249)}.com/${"x".repeat(63)}`]: "b" } }),
    ],
    ["a load balancer class", balanced({ loadBalancerClass: "example.com/internal-vip" })],
  ])("but not %s", (_what, more) => {
    project.environment("local", more);
    expect(answers({})).toEqual([]);
  });
});
