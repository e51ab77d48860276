/** The summary that `baas connection` prints: the files written, and how to use them. */
import { isIPv6 } from "node:net";

import { shellWord } from "../../model/baasCommand";
import { signingCaName } from "../../model/contracts/certificateAuthority";
import { enrolmentKeys } from "../../model/contracts/enrolment";
import { enrolmentSecretName } from "../../model/contracts/names";
import { type ClientPlan, type OrganizationPlan } from "../../model/network/networkPlan";
import { clientFile, configuredClients, debugClientFile, debuggingClients } from "./clientConfiguration";
import type { GatewayAddresses } from "./clusterLookup";
import { profileFile, rootFile } from "./connectionFiles";
import { isReached, type NetworkWithGateway, profiledOrganizations, trustedOrganizations } from "./connectionProfile";

/** The files written, and the source of their contents. */
export interface WrittenConnection {
  network: NetworkWithGateway;
  /** The network's stack file, relative to the project. */
  file: string;
  gateway: GatewayAddresses;
  context: string;
  /** Folder of the files, absolute. */
  folder: string;
  /** The kubectl command for the cluster, whose output another program can read. */
  kubectl: string;
}

/** The summary, in lines. */
export function connectionSummary(written: WrittenConnection): string {
  const { network, gateway, context, folder } = written;
  const profiled = profiledOrganizations(network);
  const files: [file: string, what: string][] = [
    [
      "hosts",
      `names of the gateway at ${gateway.addresses[0]} (from ${gateway.source}), for /etc/hosts or as DNS records`,
    ],
    ...profiled.map(({ name }): [string, string] => [
      profileFile(name),
      `common connection profile of ${name}'s clients`,
    ]),
    ...configuredClients(network).map(({ organization, client }): [string, string] => [
      clientFile(client),
      `settings of ${organization.name}'s client ${client.id} for the client library`,
    ]),
    ...debuggingClients(network).map(({ organization, client }): [string, string] => [
      debugClientFile(client),
      `the same of ${client.id} for the debug peer of ${organization.name}`,
    ]),
    ...trustedOrganizations(network).map(({ name }): [string, string] => [
      rootFile(name),
      `root of ${name}'s TLS certificates`,
    ]),
  ];
  const width = Math.max(...files.map(([file]) => file.length));
  const others = network.organizations.filter((organization) => !profiled.includes(organization));
  return [
    `Connection to network "${network.name}" of context ${context}, in ${folder}:`,
    ...files.map(([file, what]) => `  ${file.padEnd(width)}  ${what}`),
    ...others.map(({ name }) => `No profile for ${name}: neither its peers nor its CA are in gateway.passthrough.`),
    "",
    "The API:",
    `  ${curl(written)}`,
    ...network.organizations.flatMap((organization) =>
      organization.clients.flatMap((client) => ["", ...enrolment(written, organization, client)]),
    ),
    "",
  ].join("\n");
}

function curl({ network, gateway, folder }: WrittenConnection): string {
  const { apiHost, port, organization, certificateSecret } = network.gateway;
  const address = gateway.addresses[0]!;
  return [
    "curl",
    // The issuer of any other certificate is unknown here.
    ...(certificateSecret === undefined ? [`--cacert ${shellWord(`${folder}/${rootFile(organization.name)}`)}`] : []),
    `--resolve ${apiHost}:${port}:${isIPv6(address) ? `[${address}]` : address}`,
    `https://${apiHost}:${port}/`,
  ].join(" ");
}

function enrolment(
  { network, file, folder, kubectl }: WrittenConnection,
  organization: OrganizationPlan,
  { id, name }: ClientPlan,
): string[] {
  const { certificateAuthority } = organization;
  if (!isReached(network, certificateAuthority)) {
    const where = `gateway.passthrough.certificateAuthorities of ${file}`;
    return [
      `Client ${id} of ${organization.name} can enrol inside the cluster only: ${organization.name} is not in ${where}.`,
    ];
  }
  const secret =
    `${kubectl} -n ${network.namespace} get secret ${enrolmentSecretName(name)} ` +
    `-o jsonpath='{.data.${enrolmentKeys.secret}}' | base64 -d`;
  const enrol = [
    `fabric-ca-client enroll --caname ${signingCaName} --home ${shellWord(`${folder}/clients/${name}`)}`,
    `--tls.certfiles ${shellWord(`${folder}/${rootFile(organization.name)}`)}`,
    `--url "https://${id}:$SECRET@${certificateAuthority.fqdn}:${network.gateway.port}"`,
  ].join(" ");
  return [
    `Client ${id} of ${organization.name}, once its names lead to the gateway:`,
    `  SECRET=$(${secret})`,
    `  ${enrol}`,
  ];
}
