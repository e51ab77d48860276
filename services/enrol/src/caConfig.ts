/** The configuration files of a CA server. */
import { join } from "node:path";

import { type CaName, caNamesOf, type CaScope, operationsCaName } from "../../../model/contracts/certificateAuthority";
import { ports } from "../../../model/contracts/ports";

/** What the two configuration files of a CA server are made from. */
export interface CaServerDescription {
  /** Whose CAs they are; an organization's by default. */
  scope?: CaScope | undefined;
  /** The organization's name, for example `org1`; `platform` for the platform. */
  organization: string;
  /** The organization's DNS domain, for example `org1.trade.example.com`; the name of the platform's stack. */
  domain: string;
  /** Every name and IP address that clients call the server by. `localhost` and `127.0.0.1` are added. */
  hosts: readonly string[];
  /** The bootstrap identity that may register others, on both CAs. */
  registrar: { username: string; password: string };
  /** How long the certificates live that the CAs issue, in seconds; a year by default. */
  certificateLife?: number | undefined;
  /** The endpoint with metrics, which asks for a certificate. Default: there are none. */
  operations?: OperationsFiles | undefined;
}

/** Paths of the files of the endpoint with metrics. */
export interface OperationsFiles {
  certificate: string;
  key: string;
  /** Roots of those who may read metrics. */
  roots: string[];
}

/**
 * Where fabric-ca-server finds its files below its home directory: those of its default CA, which issues the server's own certificate,
 * and those of the other one, whose home is the directory of its file.
 */
export const caServerPaths = (home: string) => ({
  serverCaConfig: join(home, "fabric-ca-server-config.yaml"),
  serverCaCertificate: join(home, "ca-cert.pem"),
  serverCaDatabase: join(home, "fabric-ca-server.db"),
  serverCertificate: join(home, "tls-cert.pem"),
  operationsCertificate: join(home, "operations-cert.pem"),
  operationsKey: join(home, "operations-key.pem"),
  otherCaHome: join(home, "ca"),
  otherCaConfig: join(home, "ca", "fabric-ca-config.yaml"),
  otherCaCertificate: join(home, "ca", "ca-cert.pem"),
  otherCaDatabase: join(home, "ca", "fabric-ca-server.db"),
});

/** X.509's upper bound of a common name, in characters. */
const maxCommonName = 64;

/** How long certificates live by default. */
export const yearHours = 8760;

/**
 * With short lives, how long before its issue the server's own certificate becomes valid. The server rounds the time of issue to
 * minutes and subtracts 5 by default, so that a life of 5 minutes would end at once.
 */
export const shortBackdateSeconds = 30;

/** 15 years. */
export const rootLifeHours = 131_400;

/**
 * The hosts that the server's own TLS certificate must carry, in a stable order and each once.
 */
export function serverHosts(hosts: readonly string[]): string[] {
  return [...new Set([...hosts, "localhost", "127.0.0.1"])];
}

/**
 * Renders the two configuration files of a fabric-ca-server with two root CAs. They are JSON, which is YAML, and the same
 * description always gives the same text.
 */
export function renderCaConfig(description: CaServerDescription): { serverCa: string; otherCa: string } {
  const subjects = rootSubjects(description);
  const [otherCaName, serverCaName] = caNamesOf[description.scope ?? "organization"];
  const serverCa = {
    port: ports.certificateAuthority,
    crlsizelimit: 512000,
    tls: { enabled: true, ...serverFiles(description), clientauth: { type: "noclientcert" } },
    cafiles: ["ca/fabric-ca-config.yaml"],
    ...operations(description),
    ...rootCa(description, serverCaName, subjects.serverCa),
  };
  return { serverCa: render(serverCa), otherCa: render(rootCa(description, otherCaName, subjects.otherCa)) };
}

/**
 * The server makes its own certificate by the profile of everybody's. That of the CA `operations` makes none of servers, so that the
 * platform's server shows the certificate of its metrics.
 */
function serverFiles({ scope, operations: files }: CaServerDescription): { certfile: string; keyfile?: string } {
  if (scope !== "platform" || files === undefined) return { certfile: "tls-cert.pem" };
  return { certfile: files.certificate, keyfile: files.key };
}

/**
 * Source of the keys: Fabric CA 1.5, lib/server/operations, type TLS. It reads them by the names of its fields, not by those of its
 * sample file. Unlike peers and orderers, it would show metrics without a certificate where none is required; probes use the other port.
 */
function operations({ operations: files }: CaServerDescription) {
  if (files === undefined) {
    return { operations: { listenAddress: `127.0.0.1:${ports.operations}` }, metrics: { provider: "disabled" } };
  }
  const { certificate, key, roots } = files;
  const tls = {
    enabled: true,
    certFile: certificate,
    keyFile: key,
    clientCertRequired: true,
    clientCACertFiles: roots,
  };
  // Go listens on all addresses of both families.
  return { operations: { listenAddress: `:${ports.operations}`, tls }, metrics: { provider: "prometheus" } };
}

/** The subjects of the two roots. */
export function rootSubjects({ scope = "organization", organization, domain }: RootOwner) {
  const subject = (name: string) => {
    const commonName = `${name}.${domain}`;
    return {
      commonName: commonName.length <= maxCommonName ? commonName : `${name}.${organization}`.slice(0, maxCommonName),
      organization: organization.slice(0, maxCommonName),
    };
  };
  const [otherCaName, serverCaName] = caNamesOf[scope];
  return { serverCa: subject(serverCaName), otherCa: subject(otherCaName) };
}

/** Whose roots they are. */
export type RootOwner = Pick<CaServerDescription, "scope" | "organization" | "domain">;

/** All settings are given to both CAs: the server fills those missing in an additional CA from the default CA. */
function rootCa(
  { registrar, hosts, certificateLife }: CaServerDescription,
  name: CaName,
  { commonName, organization }: { commonName: string; organization: string },
): Record<string, unknown> {
  return {
    ca: { name, certfile: "ca-cert.pem", chainfile: "ca-chain.pem" },
    crl: { expiry: "24h" },
    registry: {
      // A pod that died between enrolling and saving its certificate must be able to enrol again, for ever.
      maxenrollments: -1,
      identities: [
        {
          name: registrar.username,
          pass: registrar.password,
          type: "client",
          affiliation: "",
          attrs: {
            "hf.Registrar.Roles": "peer,orderer,admin,client",
            "hf.Registrar.DelegateRoles": "peer,orderer,admin,client",
            "hf.Registrar.Attributes": "*",
            "hf.Revoker": "true",
            "hf.GenCRL": "true",
          },
        },
      ],
    },
    db: { type: "sqlite3", datasource: "fabric-ca-server.db", tls: { enabled: false } },
    ldap: { enabled: false },
    // The type of an identity becomes the OU of its certificate, by which NodeOUs tell roles. Affiliations would add more.
    affiliations: {},
    signing: signing(name, certificateLife),
    csr: {
      cn: commonName,
      keyrequest: { algo: "ecdsa", size: 256 },
      names: [{ O: organization }],
      hosts: serverHosts(hosts),
      ca: { expiry: `${rootLifeHours}h`, pathlength: 0, pathlenzero: true },
    },
    idemix: { rhpoolsize: 1000, nonceexpiration: "15s", noncesweepinterval: "15m", curve: "amcl.Fp256bn" },
    bccsp: { default: "SW", sw: { hash: "SHA2", security: 256, filekeystore: { keystore: "msp/keystore" } } },
    // Secrets are 256 random bits, so guessing them is hopeless; a limit would let a misconfigured pod lock an identity out. The
    // controller removes identities that are gone.
    cfg: { identities: { passwordattempts: 0, allowremove: true } },
  };
}

/**
 * What certificates are for. A request chooses the profile and the hosts, whoever it is from: what only clients ask for must be good for no
 * server by either profile. A certificate that names no purpose is good for each.
 */
function signing(name: CaName, life: number | undefined) {
  const isForClients = name === operationsCaName;
  const tls = ["signing", "key encipherment", ...(isForClients ? [] : ["server auth"]), "client auth", "key agreement"];
  return {
    default: { usage: ["digital signature", ...(isForClients ? ["client auth"] : [])], ...lifeOf(life) },
    profiles: { tls: { usage: tls, ...lifeOf(life) } },
  };
}

/** A signing profile's settings for lives. */
function lifeOf(seconds: number | undefined): { expiry: string; backdate?: string } {
  if (seconds === undefined) return { expiry: `${yearHours}h` };
  return { expiry: `${seconds}s`, backdate: `${shortBackdateSeconds}s` };
}

const render = (config: Record<string, unknown>): string =>
  `# Written by baas enrol init-ca; edits are lost at the next start.\n${JSON.stringify(config, undefined, 2)}\n`;
