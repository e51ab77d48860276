/** The files that the API server reads: its settings, and the client library's. */
import { dump } from "js-yaml";

import { operationsCaName, rootKeyOf } from "../../model/contracts/certificateAuthority";
import { clientFolder, cryptoDir, mspDir, mspFiles, tlsFiles } from "../../model/contracts/enrolment";
import { gatewayName } from "../../model/contracts/names";
import { operationsRootDir } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import type { ApiPlan, NetworkPlan } from "../../model/network/networkPlan";
import { anyAddress } from "../kubernetes/addressFamily";
import { authoritySettings, givenAuthorityFiles } from "./callerAuthorities";

/** Folder of the files. */
export const apiConfigurationDir = "/etc/baas/api";
/** Name of the file with the settings. */
export const apiSettingsFile = "settings.json";
/** Folder of SQLite's file. */
export const apiDataDir = "/var/lib/baas-api";
/** Folder of the Secret with the url of PostgreSQL. */
export const databaseDir = "/etc/baas/database";

/** Name of the file with CAs that the server trusts beside the public ones. */
export const rootCertificatesFile = "roots.pem";

/** Name of the client library's settings for a client identity; by default the server's own. */
const clientFile = (client?: string): string => `blockchain_client${client === undefined ? "" : `-${client}`}.yaml`;

const clientMsp = (client: string): string => `${cryptoDir}/${clientFolder(client)}/msp`;

/** The files, by name. */
export function apiFiles(plan: NetworkPlan, api: ApiPlan): Record<string, string> {
  return {
    [apiSettingsFile]: `${JSON.stringify(settings(plan, api), undefined, 2)}\n`,
    [clientFile()]: dump(clientConfiguration(plan, api, mspDir)),
    ...Object.fromEntries(
      api.identities.map(({ id }) => [clientFile(id), dump(clientConfiguration(plan, api, clientMsp(id)))]),
    ),
    ...(api.rootCertificates !== undefined && { [rootCertificatesFile]: api.rootCertificates }),
    ...givenAuthorityFiles(api, true),
  };
}

function settings({ ipFamilies }: NetworkPlan, api: ApiPlan): object {
  const { database, tokens, certificates, roles, limits } = api;
  const identities = [[api.name, clientFile()], ...api.identities.map(({ id }) => [id, clientFile(id)])];
  return {
    host: anyAddress(ipFamilies).replace(/[[\]]/g, ""),
    port: ports.api,
    operationsPort: ports.operations,
    identities: Object.fromEntries(identities.map(([name, file]) => [name, `${apiConfigurationDir}/${file}`])),
    store:
      database === "sqlite"
        ? { type: database, path: `${apiDataDir}/calls.db` }
        : { type: database, urlFile: `${databaseDir}/url` },
    access: {
      ...(tokens && { tokens }),
      ...(certificates && { certificates: authoritySettings(certificates.authorities, apiConfigurationDir) }),
      roles,
    },
    tls: {
      certificate: tlsFiles.certificate,
      privateKey: tlsFiles.key,
      clientRoot: tlsFiles.root,
      clients: [gatewayName],
      metricsRoots: [`${operationsRootDir}/${rootKeyOf(operationsCaName)}`],
    },
    limits,
  };
}

/** @param msp - folder of the identity's MSP */
function clientConfiguration({ channels }: NetworkPlan, { organization }: ApiPlan, msp: string): object {
  return {
    mspId: organization.mspId,
    channel: channels[0]?.name,
    peers: organization.peers.map(({ address }) => address),
    tlsRoots: tlsFiles.root,
    identity: {
      certificate: `${msp}/${mspFiles.signingCertificate}`,
      privateKey: `${msp}/${mspFiles.signingKey}`,
    },
  };
}
