/**
 * Callers by their certificates. The gateway has made sure that a caller has the key, and that one of the CAs has issued the
 * certificate; here it becomes a name, and is compared with revocation lists at each request, also on connections that live.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

import { certificateCaller } from "../../../../model/contracts/api";
import { certificatesIn } from "../../../../model/pem";
import { messageOf } from "../../../common/failure";
import type { Log } from "../../../common/log";
import { issuedBy, parseRevocationLists, type RevocationList } from "../../../common/revocationLists";
import { Problem } from "../http/problem";
import type { AuthoritySettings } from "../settings";

/** Milliseconds between two looks at the files. */
const interval = 2000;

/** A CA, as its files say. */
interface Authority {
  name: string;
  certificate: X509Certificate;
  /** Whether it publishes lists of what it has revoked. */
  revokes: boolean;
  /** Its list; nothing as long as there is none. */
  list?: RevocationList | undefined;
}

/** The CAs whose certificates count. */
export class Certificates {
  private authorities: readonly Authority[] = [];
  private present = "";
  private lookedAt = 0;
  private looking: Promise<void> | undefined;

  /**
   * @param settings - by the names of the CAs
   */
  constructor(
    private readonly settings: Record<string, AuthoritySettings>,
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Finds out whose certificate it is.
   *
   * @param der - the certificate (DER in Base64)
   * @returns the caller's name, unlike that of any other caller: which CA says so, and the subject
   * @throws Problem 401 if it does not count
   * @throws Problem 503 if it is not known whether it is revoked
   */
  async check(der: string): Promise<string> {
    await this.look();
    const certificate = parse(der);
    // By the key, not by the name: another CA may call itself, or a CA below it, the same.
    const authority = this.authorities.find((each) => isIssuedBy(certificate, each.certificate));
    if (authority === undefined) throw refused("no CA that counts here has issued the certificate itself");
    const { validFrom, validTo, serialNumber, subject } = certificate;
    // Node has none for an empty one, whatever its type says. Alternative names do not count.
    if (!subject) throw refused("the certificate has no subject");
    if (Date.parse(validTo) < this.now()) throw refused("the certificate has expired");
    if (Date.parse(validFrom) > this.now()) throw refused("the certificate is not valid yet");
    if (authority.revokes && authority.list === undefined) throw listMissing(authority.name);
    if (authority.list?.has(serialNumber)) throw refused("the certificate was revoked");
    return `${certificateCaller}${authority.name}/${distinguishedName(subject)}`;
  }

  /** Reads the files again now and then. Those that cannot be read leave what was read before. */
  private async look(): Promise<void> {
    if (this.now() - this.lookedAt < interval) return;
    await (this.looking ??= this.load().finally(() => (this.looking = undefined)));
  }

  private async load(): Promise<void> {
    const files = Object.entries(this.settings).map(([name, { certificates, revocationList }]) => ({
      name,
      revokes: revocationList !== undefined,
      certificates: this.read(certificates) ?? "",
      lists: revocationList === undefined ? "" : (this.read(revocationList) ?? ""),
    }));
    const text = JSON.stringify(files);
    if (text !== this.present) {
      const before = this.authorities;
      const found = files.map(async ({ name, revokes, certificates, lists }) => {
        const own = certificatesIn(certificates);
        if (own.length === 0) return before.filter((each) => each.name === name);
        const parsed = parseRevocationLists(lists);
        return Promise.all(
          own.map(async (certificate) => {
            const kept = before.find((each) => each.certificate.fingerprint256 === certificate.fingerprint256)?.list;
            return { name, certificate, revokes, list: (await issuedBy(parsed, certificate)) ?? kept };
          }),
        );
      });
      this.authorities = (await Promise.all(found)).flat();
      this.present = text;
    }
    this.lookedAt = this.now();
    for (const { name, list } of this.authorities) {
      // Better an old list than no callers: a CA that is away for a day must not stop applications.
      if (list?.nextUpdate !== undefined && list.nextUpdate < this.now())
        this.log.warn("A revocation list is out of date, and counts for now", { authority: name });
    }
  }

  private read(path: string): string | undefined {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      this.log.warn("A file of a certificate authority cannot be read", { path, error: messageOf(error) });
      return undefined;
    }
  }
}

function parse(der: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(der, "base64"));
  } catch {
    throw refused("the certificate cannot be read");
  }
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** A name as in RFC 2253: Node has a line for each part, with what is special escaped, in the order of the certificate. */
function distinguishedName(lines: string): string {
  return lines.split("\n").reverse().join(",");
}

function refused(reason: string): Problem {
  return new Problem(401, "UNAUTHENTICATED", `You are not who you say: ${reason}.`);
}

function listMissing(authority: string): Problem {
  const detail = `The revocation list of ${authority} is not there, so that its certificates cannot be checked. Try again.`;
  return new Problem(503, "UNAVAILABLE", detail, { retryAfter: 30 });
}
