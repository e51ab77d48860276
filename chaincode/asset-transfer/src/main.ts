/** The image's entry point: environment variables in, `fabric-chaincode-node server` out. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

import { drained } from "./drain";

/**
 * Starts `fabric-chaincode-node server`, which reads its options from the command line and from variables of its own
 * (`CORE_...`), out of the environment variables that chaincode in every other language reads. TLS is
 * required.
 */
function main(): void {
  const options = [
    ["--chaincode-address", address("CHAINCODE_SERVER_ADDRESS")],
    ["--chaincode-id", required("CHAINCODE_ID", "the package ID, label:hash")],
    ["--chaincode-tls-key-file", readableFile("CHAINCODE_TLS_KEY_FILE", "the private key, PEM")],
    ["--chaincode-tls-cert-file", readableFile("CHAINCODE_TLS_CERT_FILE", "the certificate chain, PEM")],
    ["--module-path", dirname(__dirname)],
  ];

  // Node as process 1 would ignore SIGTERM, and every roll-out would wait for the kill.
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => void drained(5000).then(() => process.exit(0)));
  }

  process.argv.splice(2, Infinity, "server", ...options.flat());
  createRequire(__filename)("fabric-shim/cli.js");
}

function required(name: string, meaning: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: ${meaning}`);
  return value;
}

function address(name: string): string {
  const value = required(name, "where to listen, e.g. 0.0.0.0:9999");
  if (!/^(\[[\da-fA-F:]+\]|[^:\s]+):\d{1,5}$/.test(value)) throw new Error(`${name} is not host:port: ${value}`);
  return value;
}

function readableFile(name: string, meaning: string): string {
  const file = required(name, meaning);
  try {
    readFileSync(file);
  } catch (error) {
    throw new Error(`${name} cannot be read: ${(error as Error).message}`);
  }
  return file;
}

try {
  main();
} catch (error) {
  console.error(`asset-transfer: ${(error as Error).message}`);
  process.exit(1);
}
