/** For tests: certificates by openssl. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its private key (PEM). */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** A certificate authority; `close` deletes its folder. */
export class TestCa {
  private readonly folder = mkdtempSync(join(tmpdir(), "baas-client-ca-"));
  readonly certificate: string;

  /** @param days - for which its certificates are valid */
  constructor(
    name: string,
    private readonly days = 1,
  ) {
    this.key("ca");
    const life = ["-days", String(days)];
    this.openssl("req", "-new", "-x509", "-key", "ca.key", "-subj", `/CN=${name}`, ...life, "-out", "ca.crt");
    this.certificate = this.read("ca.crt");
  }

  /** A certificate for these names. */
  issue(name: string, ...hosts: string[]): KeyPair {
    this.key(name);
    this.openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    const names = [...hosts.map((host) => `DNS:${host}`), "IP:127.0.0.1"];
    writeFileSync(join(this.folder, "san"), `subjectAltName=${names.join(",")}`);
    this.openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", String(this.days), "-extfile", "san", "-out", `${name}.crt`],
    );
    return { certificate: this.read(`${name}.crt`), key: this.read(`${name}.key`) };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  private key(name: string): void {
    this.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
  }

  private read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  private openssl(...args: string[]): void {
    execFileSync("openssl", args, { cwd: this.folder, stdio: "pipe" });
  }
}
