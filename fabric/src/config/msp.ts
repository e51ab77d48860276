/**
 * MSP definitions, as `configtxgen` makes them of an MSP folder.
 *
 * Source: Fabric documentation, "Membership Service Provider (MSP)"; fabric-protos, msp/msp_config.proto.
 */
import { X509Certificate } from "node:crypto";

import { msp } from "@hyperledger/fabric-protos";

import { invalidArgument } from "../errors";
import type { MspDescription, NodeOus } from "./description";

/** Type number of an MSP of X.509 certificates. */
const x509Msp = 0;

/**
 * An MSP as a channel's configuration holds it.
 *
 * @throws FabricError `INVALID_ARGUMENT` if a certificate is not PEM, or there is no root certificate
 */
export function toMspConfig(description: MspDescription): msp.MSPConfig {
  const step = `describing MSP ${description.mspId}`;
  if (description.rootCertificates.length === 0) throw invalidArgument(step, "it has no root certificate");
  const certificates = (list: string[] | undefined, what: string): Uint8Array[] =>
    (list ?? []).map((pem) => certificateBytes(pem, step, what));
  const config = new msp.FabricMSPConfig();
  config.setName(description.mspId);
  config.setRootCertsList(certificates(description.rootCertificates, "root certificate"));
  config.setIntermediateCertsList(certificates(description.intermediateCertificates, "intermediate certificate"));
  config.setTlsRootCertsList(certificates(description.tlsRootCertificates, "TLS root certificate"));
  config.setTlsIntermediateCertsList(
    certificates(description.tlsIntermediateCertificates, "TLS intermediate certificate"),
  );
  config.setAdminsList(certificates(description.admins, "certificate of an administrator"));
  config.setRevocationListList((description.revocationLists ?? []).map((pem) => Buffer.from(pem)));
  const cryptoConfig = new msp.FabricCryptoConfig();
  cryptoConfig.setSignatureHashFamily("SHA2");
  cryptoConfig.setIdentityIdentifierHashFunction("SHA256");
  config.setCryptoConfig(cryptoConfig);
  if (description.nodeOus !== false) {
    const usual = { certificate: description.rootCertificates[0], ...usualUnits };
    config.setFabricNodeOus(toNodeOus(description.nodeOus ?? usual));
  }
  const wrapped = new msp.MSPConfig();
  wrapped.setType(x509Msp);
  wrapped.setConfig(config.serializeBinary());
  return wrapped;
}

/** The description of an MSP; the opposite of {@link toMspConfig}. */
export function fromMspConfig(bytes: Uint8Array): MspDescription {
  const wrapped = msp.MSPConfig.deserializeBinary(bytes);
  if (wrapped.getType() !== x509Msp) throw invalidArgument("describing an MSP", "it is not one of X.509 certificates");
  const config = msp.FabricMSPConfig.deserializeBinary(wrapped.getConfig_asU8());
  const optional = (name: keyof MspDescription, list: Uint8Array[]) =>
    list.length === 0 ? {} : { [name]: list.map(text) };
  const nodeOus = config.getFabricNodeOus();
  return {
    mspId: config.getName(),
    rootCertificates: config.getRootCertsList_asU8().map(text),
    ...optional("intermediateCertificates", config.getIntermediateCertsList_asU8()),
    tlsRootCertificates: config.getTlsRootCertsList_asU8().map(text),
    ...optional("tlsIntermediateCertificates", config.getTlsIntermediateCertsList_asU8()),
    ...optional("admins", config.getAdminsList_asU8()),
    ...optional("revocationLists", config.getRevocationListList_asU8()),
    nodeOus: nodeOus?.getEnable() ? fromNodeOus(nodeOus) : false,
  };
}

/**
 * The bytes of a PEM certificate, exactly as given, since configurations are compared byte by byte.
 *
 * @throws FabricError `INVALID_ARGUMENT` if it does not parse
 */
export function certificateBytes(pem: string, step: string, what: string): Uint8Array {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw invalidArgument(step, `a ${what} is not a PEM certificate (${(cause as Error).message})`);
  }
  return Buffer.from(pem);
}

const roles = ["client", "peer", "admin", "orderer"] as const;
const usualUnits = { client: "client", peer: "peer", admin: "admin", orderer: "orderer" };

function toNodeOus(described: NodeOus): msp.FabricNodeOUs {
  const nodeOus = new msp.FabricNodeOUs();
  nodeOus.setEnable(true);
  const hasUnits = roles.some((role) => described[role] !== undefined);
  const units: NodeOus = hasUnits ? described : usualUnits;
  const identifier = (unit: string | undefined): msp.FabricOUIdentifier | undefined => {
    if (unit === undefined) return undefined;
    const made = new msp.FabricOUIdentifier();
    made.setOrganizationalUnitIdentifier(unit);
    if (described.certificate !== undefined) made.setCertificate(Buffer.from(described.certificate));
    return made;
  };
  nodeOus.setClientOuIdentifier(identifier(units.client));
  nodeOus.setPeerOuIdentifier(identifier(units.peer));
  nodeOus.setAdminOuIdentifier(identifier(units.admin));
  nodeOus.setOrdererOuIdentifier(identifier(units.orderer));
  return nodeOus;
}

function fromNodeOus(nodeOus: msp.FabricNodeOUs): NodeOus {
  const identifiers = {
    client: nodeOus.getClientOuIdentifier(),
    peer: nodeOus.getPeerOuIdentifier(),
    admin: nodeOus.getAdminOuIdentifier(),
    orderer: nodeOus.getOrdererOuIdentifier(),
  };
  const described: NodeOus = {};
  for (const role of roles) {
    const identifier = identifiers[role];
    if (identifier === undefined) continue;
    described[role] = identifier.getOrganizationalUnitIdentifier();
    const certificate = text(identifier.getCertificate_asU8());
    if (certificate !== "") described.certificate = certificate;
  }
  return described;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
