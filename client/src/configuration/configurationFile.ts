/** Reads blockchain_client.yaml, and the certificates and keys that it names. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { load } from "js-yaml";

import { pemSigner, type Signer } from "../identity/identity.ts";
import { type Configuration, type ConfigurationInput, invalidConfiguration, parseConfiguration } from "./schema.ts";

/** Name of the file where none is given. */
export const defaultFile = "blockchain_client.yaml";

/** All that a client connects with. */
export interface Connection {
  configuration: Configuration;
  signer: Signer;
  /** PEM. */
  tlsRoots: string;
  /** Certificate and key (PEM) for mutual TLS. */
  tlsIdentity?: { certificate: string; privateKey: string };
  /** Changes when anything of it changes. */
  version: string;
}

/** Where settings come from. */
export interface ConfigurationSource {
  /** Path of a file, or the settings themselves. Paths in settings are relative to the working directory. */
  from: string | ConfigurationInput;
  /** Signs in place of `identity`. */
  signer?: Signer;
}

/**
 * Reads a configuration and what it names.
 *
 * @throws {@link ClientError} `INVALID_CONFIGURATION` that names the place and what to write there
 */
export function readConnection({ from, signer }: ConfigurationSource): Connection {
  const isFile = typeof from === "string";
  const name = isFile ? basename(from) : "the configuration";
  const configuration = parseConfiguration(isFile ? readYaml(from) : from, name);
  const reader = new FileReader(name, isFile ? dirname(resolve(from)) : process.cwd());
  const { identity, tlsIdentity, mspId } = configuration;
  if (identity === undefined && signer === undefined)
    throw invalidConfiguration(`${name} has a mistake`, [
      "identity: is missing; who calls, or pass a signer to connect",
    ]);
  const tlsRoots = [configuration.tlsRoots].flat().map((file, i) => {
    const place = Array.isArray(configuration.tlsRoots) ? `tlsRoots[${i}]` : "tlsRoots";
    return reader.certificate(place, file);
  });
  const pair = tlsIdentity && reader.keyPair("tlsIdentity", tlsIdentity);
  const own = signer ?? ownSigner(reader, mspId, identity!);
  return {
    configuration,
    signer: own,
    tlsRoots: tlsRoots.join("\n"),
    ...(pair && { tlsIdentity: pair }),
    version: JSON.stringify([configuration, own.certificate, tlsRoots, pair]),
  };
}

function ownSigner(reader: FileReader, mspId: string, identity: NonNullable<Configuration["identity"]>): Signer {
  const { certificate, privateKey } = reader.keyPair("identity", identity);
  return reader.checked("identity", () => pemSigner(mspId, certificate, privateKey));
}

function readYaml(file: string): unknown {
  const name = basename(file);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw invalidConfiguration(
      `${file} cannot be read: ${(cause as Error).message}`,
      ["Write one, or have ./baas connection write it, and pass its path to connect or set BLOCKCHAIN_CLIENT"],
      cause,
    );
  }
  try {
    return load(text, { filename: name });
  } catch (cause) {
    throw invalidConfiguration(`${name} is not YAML: ${(cause as Error).message}`, [], cause);
  }
}

/** Reads the files that a configuration names. */
class FileReader {
  constructor(
    private readonly source: string,
    private readonly folder: string,
  ) {}

  certificate(place: string, file: string): string {
    return this.checked(place, () => {
      const path = this.only(resolve(this.folder, file));
      const text = readFileSync(path, "utf8");
      new X509Certificate(text);
      return text;
    });
  }

  keyPair(place: string, files: { certificate: string; privateKey: string }) {
    const certificate = this.certificate(`${place}.certificate`, files.certificate);
    const privateKey = this.checked(`${place}.privateKey`, () => this.keyOf(certificate, files.privateKey));
    return { certificate, privateKey };
  }

  /** Runs what reads a setting, and names the setting when it fails. */
  checked<T>(place: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      const { message, reason } = cause as Error & { reason?: string };
      throw invalidConfiguration(`${this.source} has a mistake`, [`${place}: ${reason ?? message}`], cause);
    }
  }

  private only(path: string): string {
    const files = filesAt(path);
    if (files.length === 1) return files[0]!;
    throw new Error(`${path} has ${files.length === 0 ? "no file" : `${files.length} files`}; name one`);
  }

  /** After an enrolment with a new key, a folder has the old key too. */
  private keyOf(certificate: string, file: string): string {
    const path = resolve(this.folder, file);
    const files = filesAt(path);
    if (files.length === 1) return readFileSync(files[0]!, "utf8");
    const parsed = new X509Certificate(certificate);
    for (const each of files) {
      const text = readFileSync(each, "utf8");
      if (isKeyOf(parsed, text)) return text;
    }
    throw new Error(`${path} has no key that belongs to the certificate`);
  }
}

function filesAt(path: string): string[] {
  if (!existsSync(path)) throw new Error(`${path} does not exist; enrol the identity first, or correct the path`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => !name.startsWith("."))
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
}

function isKeyOf(certificate: X509Certificate, text: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(text));
  } catch {
    return false;
  }
}
