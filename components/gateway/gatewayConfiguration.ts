/**
 * HAProxy's configuration for the edge of a network. Source of the keywords: HAProxy 2.6 and 3.2, Configuration Manual.
 */
import { callerCertificateHeader, callerHeaderPrefix } from "../../model/contracts/api";
import { tlsFiles } from "../../model/contracts/enrolment";
import { configurationDir, socketDir } from "../../model/contracts/gatewayKeeper";
import { ports } from "../../model/contracts/ports";
import { studioPaths } from "../../model/contracts/studio";
import {
  allOrganizations,
  type ApiPlan,
  type GatewayPlan,
  joiningPeers,
  type NetworkPlan,
  type NodePlan,
  passesThrough,
  type RoutePlan,
  type StudioSessionPlan,
} from "../../model/network/networkPlan";
import { callersDir, givenAuthorityFiles } from "./callerAuthorities";
import { gatewayPage, gatewayStatus } from "./gatewayPage";
import { basics, edgeStart, errorLog, httpLog, listen, tcpLog } from "./haproxy";

/** Folder of the user's own certificate: a Secret of type kubernetes.io/tls. */
export const certificateDir = "/etc/baas/gateway-certificate";

/** Where the roots of those who may read metrics are mounted. HAProxy loads all certificates of the folder. */
export const readersDir = "/etc/baas/metrics-readers";

const apiSocket = `${socketDir}/api.sock`;
const callersSocket = `${socketDir}/callers.sock`;

/** A node whose health HAProxy checks. */
export interface WatchedNode {
  node: NodePlan;
  /** Port of its health check. */
  healthPort: number;
  healthPath: string;
}

/** The files that HAProxy reads, by name. */
export function gatewayConfiguration(plan: NetworkPlan, gateway: GatewayPlan): Record<string, string> {
  return {
    "haproxy.cfg": haproxyConfiguration(plan, gateway),
    "routes.map": routesMap(gateway, plan),
    "status.json": gatewayStatus(plan, gateway),
    "index.html": gatewayPage(plan, gateway),
    ...givenAuthorityFiles(plan.api, false),
  };
}

/** Nodes whose health the gateway checks: all peers and orderers, and the CAs that it passes through to. */
export function watchedNodes(plan: NetworkPlan, gateway: GatewayPlan): WatchedNode[] {
  return allOrganizations(plan).flatMap((organization) => [
    ...joiningPeers(organization).map((node) => ({ node, healthPort: ports.operations, healthPath: "/healthz" })),
    // On Kafka, an orderer writes a message to the topic of every channel whenever it is asked for its health.
    ...organization.orderers.map((node) => ({
      node,
      healthPort: ports.operations,
      healthPath: plan.ordering.type === "kafka" ? "/version" : "/healthz",
    })),
    ...(passesThrough(gateway, organization.certificateAuthority)
      ? [{ node: organization.certificateAuthority, healthPort: ports.certificateAuthority, healthPath: "/cainfo" }]
      : []),
  ]);
}

/** The backend of each server name. HAProxy refuses other names. */
function routesMap({ apiHost, routes }: GatewayPlan, { api, studio }: NetworkPlan): string {
  const lines = routes.flatMap(({ backend, names }) => names.map((name) => `${name} ${backend}`));
  const callers = api?.certificates === undefined ? [] : [`${api.certificates.host} callers`];
  const sessions = (studio?.sessions ?? []).map(({ host, name }) => `${host} ${name}`);
  return [`${apiHost} api`, ...callers, ...lines, ...sessions, ""].join("\n");
}

function haproxyConfiguration(plan: NetworkPlan, gateway: GatewayPlan): string {
  const own = new Set(watchedNodes(plan, gateway).map(({ node }) => node.name));
  const groups = gateway.routes.filter(({ backend }) => !own.has(backend));
  return [
    basics(gateway.limits),
    edge(gateway, listen(plan.ipFamilies, ports.gateway)),
    page(plan, gateway),
    ...(plan.api?.certificates === undefined ? [] : [callers(plan.api.certificates.host, gateway)]),
    ...(plan.api === undefined ? [] : [apiServer(plan, plan.api)]),
    operations(gateway, listen(plan.ipFamilies, ports.operations)),
    ...watchedNodes(plan, gateway).map((watched) => nodeBackend(plan, watched)),
    ...groups.map((route) => groupBackend(plan, route)),
    ...(plan.studio?.sessions ?? []).map((session) => studioBackend(plan, session)),
  ].join("\n");
}

/** @param address - where it listens */
function edge({ exposure, limits }: GatewayPlan, address: string): string {
  return `${edgeStart(exposure, limits, address)}    tcp-request content set-var(sess.backend) var(sess.name),map_str(${configurationDir}/routes.map) if { req.ssl_hello_type 1 }
    tcp-request content accept if { var(sess.backend) -m found }
    tcp-request content reject
    log-format '${tcpLog}'
    error-log-format '${errorLog}'
    use_backend %[var(sess.backend)]
`;
}

function serverCertificate({ certificateSecret }: GatewayPlan): string {
  return certificateSecret === undefined ? tlsFiles.certificate : `${certificateDir}/tls.crt`;
}

function page({ api }: NetworkPlan, gateway: GatewayPlan): string {
  const { limits } = gateway;
  return `backend api
    server api unix@${apiSocket} send-proxy-v2

frontend page
    log global
    mode http
    bind unix@${apiSocket} mode 600 accept-proxy ssl crt ${serverCertificate(gateway)} alpn h2,http/1.1
    # The TLS handshake comes under this one.
    timeout client ${limits.headerTimeout}
    timeout http-request ${limits.headerTimeout}
    log-format '${httpLog}'
    error-log-format '${errorLog}'
${api === undefined ? "" : toApiServer(api)}    # A body that is not read would cut the answer short.
    http-request wait-for-body time 1s unless { method GET HEAD }
    http-request deny deny_status 405 hdr allow "GET, HEAD" unless { method GET HEAD }
${securityHeaders}    http-after-response set-header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"${api === undefined ? "" : " unless { var(txn.api) -m bool }"}
    http-request return status 200 content-type "text/html; charset=utf-8" lf-file ${configurationDir}/index.html if { path / } { req.hdr(accept) -m sub text/html }
    http-request return status 200 content-type application/json lf-file ${configurationDir}/status.json if { path / /status.json }
    http-request return status 404 content-type text/plain string "There is no such page. Open / instead: it shows what this network offers, and whether it works.\\n"
`;
}

const securityHeaders = `    http-after-response set-header Strict-Transport-Security max-age=31536000
    http-after-response set-header X-Content-Type-Options nosniff
    http-after-response set-header Cache-Control no-store
`;

/** By these headers, the API server is told who calls. */
const withoutCallerHeaders = `    http-request del-header ${callerHeaderPrefix} -m beg
`;

/** What the API server answers goes on to it. HAProxy answers the rest, which so works without it. */
const toApiServer = ({
  certificates,
}: ApiPlan): string => `    http-request set-var(txn.api) bool(true) if { path_beg /v1/ } || { path /openapi.json /try /try.css /try.js }
${withoutCallerHeaders}${certificates === undefined ? "" : `    http-request return ${misdirected} if { var(txn.api) -m bool } ${isFor(certificates.host)}\n`}    http-request allow if { var(txn.api) -m bool }
    use_backend api-server if { var(txn.api) -m bool }
`;

/** An answer to a request on a connection that was opened for another name: the client opens another one. */
const misdirected = problem(421, "MISDIRECTED", "The connection is for another name than the request.");

const isFor = (host: string): string => `{ req.hdr(host),host_only,lower -m str ${host} }`;

/**
 * The API for callers with certificates. Handshakes with certificates that do not count succeed, so that there is an answer
 * that says why; nothing but that answer comes of them.
 *
 * @param host - the name that it answers at
 */
function callers(host: string, gateway: GatewayPlan): string {
  const { limits } = gateway;
  const notYou = "You are not who you say:";
  const isRefused = `{ var(txn.refused) -m bool }`;
  const show = "Say who you are: show a client certificate of one of the CAs that count here.";
  return `backend callers
    server callers unix@${callersSocket} send-proxy-v2

frontend callers
    log global
    mode http
    bind unix@${callersSocket} mode 600 accept-proxy ssl crt ${serverCertificate(gateway)} alpn h2,http/1.1 ca-file ${callersDir} verify optional crt-ignore-err all ca-ignore-err all
    # The TLS handshake comes under this one.
    timeout client ${limits.headerTimeout}
    timeout http-request ${limits.headerTimeout}
    log-format '${httpLog}'
    error-log-format '${errorLog}'
${withoutCallerHeaders}    http-request set-var(txn.refused) bool(true) unless { ssl_c_used } { ssl_c_verify 0 } ${isFor(host)}
    # A body that is not read would cut the answer short.
    http-request wait-for-body time 1s if ${isRefused}
    http-request return ${misdirected} unless ${isFor(host)}
    http-request return ${problem(401, "UNAUTHENTICATED", show)} unless { ssl_c_used }
    http-request return ${problem(401, "UNAUTHENTICATED", `${notYou} the certificate has expired.`)} if { ssl_c_verify 10 }
    http-request return ${problem(401, "UNAUTHENTICATED", `${notYou} no CA that counts here has issued the certificate.`)} if { ssl_c_verify 18 19 20 21 }
    http-request return ${problem(401, "UNAUTHENTICATED", `${notYou} the certificate does not count here.`)} if ${isRefused}
    http-request set-header ${callerCertificateHeader} %[ssl_c_der,base64]
${securityHeaders}    use_backend api-server
`;
}

/** An answer of HAProxy in the form of the API server's. */
function problem(status: number, code: string, detail: string): string {
  return `status ${status} content-type application/problem+json string '${JSON.stringify({ status, code, detail })}'`;
}

/** The way to the API server, with certificates on both sides. */
function apiServer(plan: NetworkPlan, { name, hosts }: ApiPlan): string {
  const address = `${name}.${plan.namespace}.svc.${plan.clusterDomain}:${ports.api}`;
  const identity = `ssl crt ${tlsFiles.certificate} ca-file ${tlsFiles.root} verify required sni str(${hosts[0]}) verifyhost ${hosts[0]}`;
  const down = JSON.stringify({
    status: 503,
    code: "UNAVAILABLE",
    detail: "The API server does not answer. Try again.",
  });
  return `backend api-server
    mode http
    # Calls may take two minutes, and streams say every 15 s that they live.
    timeout server 150s
    retry-on conn-failure
    http-error status 503 content-type application/problem+json string '${down}' hdr retry-after 5
    server ${name} ${address} ${identity} alpn http/1.1 resolvers cluster init-addr libc,none
`;
}

/**
 * As at Fabric's nodes, probes need no client certificate; metrics require one of the organization's TLS CA or of
 * the platform's CA `operations`. A pod that has no room for another client is alive, but not healthy: clients go to other pods.
 *
 * @param address - where it listens
 */
function operations({ limits }: GatewayPlan, address: string): string {
  return `frontend operations
    mode http
    bind ${address} ssl crt ${tlsFiles.certificate} ca-file ${readersDir} verify optional alpn h2,http/1.1
    timeout client 1m
    http-request return status 200 content-type text/plain string "OK\\n" if { path /livez }
    http-request return status 503 content-type text/plain string "all connections are taken\\n" if { path /healthz } { fe_conn(edge) ge ${limits.connections} }
    http-request return status 200 content-type text/plain string "OK\\n" if { path /healthz }
    http-request deny deny_status 401 unless { ssl_c_used }
    http-request use-service prometheus-exporter if { path /metrics }
    http-request return status 404
`;
}

function nodeBackend(plan: NetworkPlan, { node, healthPort, healthPath }: WatchedNode): string {
  const check = `check port ${healthPort} check-ssl verify none check-sni ${node.fqdn}`;
  return `backend ${node.name}
    option httpchk GET ${healthPath}
    server ${node.name} ${hostOf(plan, node)}:${portOf(node)} ${check} resolvers cluster init-addr libc,none
`;
}

/** Balances over the healthy nodes of a group. */
function groupBackend(plan: NetworkPlan, { backend, nodes, port }: RoutePlan): string {
  const servers = nodes.map(
    (node) =>
      `    server ${node.name} ${hostOf(plan, node)}:${port ?? portOf(node)} track ${node.name}/${node.name} resolvers cluster init-addr libc,none\n`,
  );
  return `backend ${backend}
    balance leastconn
    option redispatch 1
${servers.join("")}`;
}

/** The way to a session: to its gate, where TLS ends. */
function studioBackend(plan: NetworkPlan, { name, host }: StudioSessionPlan): string {
  const check = `check check-ssl verify none check-sni ${host}`;
  return `backend ${name}
    option httpchk GET ${studioPaths.health}
    server ${name} ${hostOf(plan, { name })}:${ports.studioGate} ${check} resolvers cluster init-addr libc,none
`;
}

// HAProxy's resolver needs fully qualified names.
function hostOf(plan: NetworkPlan, node: Pick<NodePlan, "name">): string {
  return `${node.name}.${plan.namespace}.svc.${plan.clusterDomain}`;
}

function portOf(node: NodePlan): string {
  return node.address.split(":")[1]!;
}
