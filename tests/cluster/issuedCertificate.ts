/** Certificates of a CA that is made here, for pods whose own CA cannot run: there is no image of it without Fabric. */
import { certificateRequest } from "../../services/common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import type { TestCa } from "../../services/common/testing/testCa";

/** A private key and its certificate, in PEM. */
export interface IssuedCertificate {
  key: string;
  certificate: string;
}

/** Makes a key, and has a CA sign its certificate. */
export async function issue(ca: TestCa, commonName: string, hosts: readonly string[]): Promise<IssuedCertificate> {
  const key = newPrivateKey();
  const certificate = await ca.sign(await certificateRequest(parsePrivateKey(key)!, commonName, hosts), "client");
  return { key, certificate: `${certificate}\n` };
}
