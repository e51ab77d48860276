/** Attempts by the network. */
import { labels } from "../../testing/fixtures";
import { evasion, networkPolicy, own, toolPolicy } from "../../testing/evasion";

const network = "security-network-policies";
const kinds = "security-known-kinds";
const gateway = "ports-only-gateway";

const to = (...peers: object[]) => toolPolicy({ policyTypes: ["Egress"], egress: [{ to: peers }] });
const from = (...peers: object[]) => toolPolicy({ policyTypes: ["Ingress"], ingress: [{ from: peers }] });
const ports = (...ports: object[]) => toolPolicy({ policyTypes: ["Egress"], egress: [{ ports }] });
const block = (cidr: string, except?: string[]) => ({ ipBlock: { cidr, ...(except && { except }) } });
const kind = (apiVersion: string, kind: string, spec: object = {}) =>
  own({ apiVersion, kind, metadata: { name: "any", labels: labels("gateway") }, spec });
const service = (spec: object, role = "gateway") =>
  own({ apiVersion: "v1", kind: "Service", metadata: { name: "any", labels: labels(role) }, spec });

/** Traffic that the product does not allow. */
export const ofNetworkPolicies = [
  evasion(network, "the Internet in two halves", to(block("0.0.0.0/1"), block("128.0.0.0/1"))),
  evasion(
    network,
    "the Internet in two policies",
    to(block("0.0.0.0/1")),
    networkPolicy("more", {
      podSelector: { matchLabels: labels("client", "org1", "tool") },
      policyTypes: ["Egress"],
      egress: [{ to: [block("128.0.0.0/1")] }],
    }),
  ),
  evasion(network, "the Internet but one address", to(block("0.0.0.0/0", ["192.0.2.1/32"]))),
  evasion(
    network,
    "the Internet in quarters, on its ports in halves",
    toolPolicy({
      policyTypes: ["Egress"],
      egress: [
        {
          to: [block("0.0.0.0/2"), block("64.0.0.0/2"), block("128.0.0.0/2"), block("192.0.0.0/2")],
          ports: [
            { port: 1, endPort: 32767 },
            { port: 32768, endPort: 65535 },
          ],
        },
      ],
    }),
  ),
  evasion(network, "the IPv6 Internet", to(block("::/1"), block("8000::/1"))),
  evasion(network, "an address with leading zeros in the length", to(block("0.0.0.0/00"))),
  evasion(network, "all pods by their addresses", to(block("10.0.0.0/8"))),
  evasion(network, "all ports as two ranges", ports({ port: 1, endPort: 32767 }, { port: 32768, endPort: 65535 })),
  evasion(network, "all ports but one", ports({ protocol: "TCP", port: 2, endPort: 65535 })),
  evasion(network, "a range that begins at a listed port", ports({ protocol: "TCP", port: 443, endPort: 9000 })),
  evasion(network, "a port of a program that nobody lists", ports({ protocol: "TCP", port: 4444 })),
  evasion(network, "a listed port by another protocol", ports({ protocol: "UDP", port: 443 })),
  evasion(network, "a port by a name that pods choose", ports({ protocol: "TCP", port: "https" })),
  evasion(network, "all namespaces", to({ namespaceSelector: {} })),
  evasion(
    network,
    "all pods of all namespaces, on one port",
    toolPolicy({ policyTypes: ["Ingress"], ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] }] }),
  ),
  evasion(
    network,
    "all namespaces by an expression",
    to({ namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "Exists" }] } }),
  ),
  evasion(
    network,
    "all namespaces but one",
    to({
      namespaceSelector: {
        matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["a"] }],
      },
      podSelector: { matchLabels: { a: "b" } },
    }),
  ),
  evasion(
    network,
    "a namespace of another network",
    from({
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "loans" } },
      podSelector: { matchLabels: labels("peer") },
    }),
  ),
  evasion(
    network,
    "all pods of the platform's namespace",
    from({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "baas-platform" } } }),
  ),
  evasion(network, "all pods of its namespace", from({ podSelector: {} })),
  evasion(
    network,
    "all pods by what they lack",
    from({ podSelector: { matchExpressions: [{ key: "nobody-has", operator: "DoesNotExist" }] } }),
  ),
  evasion(
    network,
    "all pods by what they all have",
    from({ podSelector: { matchLabels: { "app.kubernetes.io/part-of": "baas" } } }),
  ),
  evasion(
    network,
    "a way in from anywhere, to what is not the gateway",
    toolPolicy({ policyTypes: ["Ingress"], ingress: [{ ports: [{ protocol: "TCP", port: 8443 }] }] }),
  ),
  evasion(network, "a peer that names nobody", to({})),
  evasion(
    network,
    "one policy for all pods, by what they lack",
    networkPolicy("wide", {
      podSelector: { matchExpressions: [{ key: "a", operator: "DoesNotExist" }] },
      egress: [{}],
    }),
  ),
  evasion(
    kinds,
    "another vendor's policy: Cilium",
    kind("cilium.io/v2", "CiliumNetworkPolicy", { egress: [{ toEntities: ["world"] }] }),
  ),
  evasion(
    kinds,
    "another vendor's policy: Cilium, cluster-wide",
    kind("cilium.io/v2", "CiliumClusterwideNetworkPolicy"),
  ),
  evasion(
    kinds,
    "another vendor's policy: Calico",
    kind("projectcalico.org/v3", "NetworkPolicy", { egress: [{ action: "Allow" }] }),
  ),
  evasion(
    kinds,
    "another vendor's policy: Calico, as its own kind",
    kind("crd.projectcalico.org/v1", "GlobalNetworkPolicy"),
  ),
  evasion(kinds, "an administrator's policy", kind("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy")),
  evasion(kinds, "a second network of its pods", kind("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition")),
];

/** Ways into the cluster that are not the gateway's. */
export const ofRoutes = [
  evasion(kinds, "an Ingress that calls itself the gateway's", kind("networking.k8s.io/v1", "Ingress")),
  evasion(kinds, "an HTTPRoute that calls itself the gateway's", kind("gateway.networking.k8s.io/v1", "HTTPRoute")),
  evasion(kinds, "a Gateway", kind("gateway.networking.k8s.io/v1", "Gateway")),
  evasion(kinds, "a Route of OpenShift", kind("route.openshift.io/v1", "Route")),
  evasion(kinds, "a VirtualService of Istio", kind("networking.istio.io/v1", "VirtualService")),
  evasion(kinds, "an IngressRoute of Traefik", kind("traefik.io/v1alpha1", "IngressRoute")),
  evasion(kinds, "an HTTPProxy of Contour", kind("projectcontour.io/v1", "HTTPProxy")),
  evasion(kinds, "a TransportServer of NGINX", kind("k8s.nginx.org/v1", "TransportServer")),
  evasion(
    gateway,
    "a TLSRoute of another gateway",
    kind("gateway.networking.k8s.io/v1", "TLSRoute", {
      parentRefs: [{ name: "public", namespace: "edge", port: 30443 }],
      rules: [{ backendRefs: [{ name: "gateway", port: 30443 }] }],
    }),
  ),
  evasion(
    gateway,
    "a TLSRoute past the gateway",
    kind("gateway.networking.k8s.io/v1", "TLSRoute", {
      rules: [{ backendRefs: [{ name: "peer0-org1", port: 7051 }] }],
    }),
  ),
  evasion(
    gateway,
    "a TLSRoute to another namespace",
    kind("gateway.networking.k8s.io/v1", "TLSRoute", {
      rules: [{ backendRefs: [{ name: "gateway", namespace: "loans", port: 7051 }] }],
    }),
  ),
  evasion(
    gateway,
    "a Service that is somebody else's name",
    service({ type: "ExternalName", externalName: "example.com" }),
  ),
  evasion(
    gateway,
    "external addresses of a Service without pods",
    service({ externalIPs: ["192.0.2.1"], ports: [{ port: 30443 }] }),
  ),
];

const services = "security-services";
const named = (name: string, spec: object, metadata: object = {}) =>
  own({ apiVersion: "v1", kind: "Service", metadata: { name, labels: labels("peer", "org1"), ...metadata }, spec });
const ofPeers = { selector: labels("peer", "org1"), ports: [{ port: 7051 }] };
const ofGateway = { selector: labels("gateway"), ports: [{ port: 30443, nodePort: 30443 }] };
const route = (spec: object) => kind("gateway.networking.k8s.io/v1", "TLSRoute", spec);

/** Services and routes that lead elsewhere than they say, or more people than they should. */
export const ofServices = [
  ...Object.entries({
    "tailscale.com/expose": "true",
    "external-dns.alpha.kubernetes.io/hostname": "api.other.org",
    "metallb.universe.tf/address-pool": "public",
    "getambassador.io/config":
      "apiVersion: getambassador.io/v3\nkind: Mapping\nname: a\nprefix: /\nservice: peer0:7051\n",
  }).map(([key, value]) =>
    evasion(
      "security-metadata",
      `the annotation ${key} of a Service`,
      named("any", ofPeers, { annotations: { [key]: value } }),
    ),
  ),
  evasion(
    "security-metadata",
    "an annotation of a load balancer that the environment does not say",
    own({
      ...{ apiVersion: "v1", kind: "Service" },
      metadata: {
        name: "any",
        labels: labels("gateway"),
        annotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing" },
      },
      spec: ofGateway,
    }),
  ),
  evasion(services, "the address of the cluster's name server", named("any", { ...ofPeers, clusterIP: "10.96.0.10" })),
  evasion(services, "several addresses", named("any", { ...ofPeers, clusterIPs: ["10.96.0.10"] })),
  evasion(
    services,
    "the name of a certificate authority in front of other pods",
    named("ca-org1", { selector: labels("peer", "org1"), ports: [{ port: 7054 }] }),
  ),
  evasion(
    services,
    "the name of a certificate authority's pod in front of other pods",
    named("ca-org1-headless", { clusterIP: "None", ...ofPeers }),
  ),
  evasion(
    services,
    "labels of a certificate authority in front of other pods",
    named("any", { selector: labels("client", "org1", "tool"), ports: [{ port: 7054 }] }),
  ),
  evasion(services, "external addresses of the gateway", service({ ...ofGateway, externalIPs: ["192.0.2.1"] })),
  evasion(services, "an address of a load balancer", service({ ...ofGateway, loadBalancerIP: "192.0.2.1" })),
  evasion(services, "another port of machines", service({ ...ofGateway, healthCheckNodePort: 31999 })),
  evasion(services, "a load balancer where gateways are node ports", service({ ...ofGateway, type: "LoadBalancer" })),
  evasion(services, "a route of another network's names", route({ hostnames: ["*.loans.example.com"] })),
  evasion(services, "a route of all names below the network's parent", route({ hostnames: ["*.example.com"] })),
  evasion(
    services,
    "a route to another kind",
    route({ rules: [{ backendRefs: [{ group: "example.com", kind: "Any", name: "gateway", port: 30443 }] }] }),
  ),
];
