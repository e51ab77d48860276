/** Helpers of the tests: projects in temporary folders, parts of networks, and what stacks claim. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import fc from "fast-check";
import { dump } from "js-yaml";

import { stackFile } from "./files/projectFolder";
import type { Claims } from "./project/claims";
import { checkStack } from "./project/stacks";
import { ConfigurationError } from "./stackFile/findings";

/** What an environment needs at least. */
export const environment = { purpose: "testing", context: "test", images: { project: "registry.example.com" } };

/** A project with the chaincode asset-transfer, and nothing in stacks/. */
export class TestProject {
  readonly dir = mkdtempSync(join(tmpdir(), "baas-stacks-"));

  constructor() {
    this.write("Pulumi.yaml", "{ name: baas, runtime: nodejs, stackConfigDir: stacks }\n");
    this.write("chaincode/asset-transfer/Dockerfile", "FROM scratch\n");
    mkdirSync(join(this.dir, "stacks", "environments"), { recursive: true });
  }

  /** Writes a file; the path is relative to the project. */
  write(file: string, content: string): void {
    mkdirSync(dirname(join(this.dir, file)), { recursive: true });
    writeFileSync(join(this.dir, file), content);
  }

  /** Text of a file. */
  read(file: string): string {
    return readFileSync(join(this.dir, file), "utf8");
  }

  /** Writes an environment: what it needs, and what is given. */
  environment(name: string, more: object = {}): void {
    this.write(`stacks/environments/${name}.yaml`, dump({ ...environment, ...more }));
  }

  /** Writes the stack file of a network with one organization: what it needs, and what is given. */
  network(name: string, more: object = {}): void {
    const smallest = { environment: "local", domain: `${name}.example.com`, organizations: [{ name: "org1" }] };
    this.write(stackFile(name), dump({ config: { "baas:network": { ...smallest, ...more } } }));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The lines of the error that a check throws, each with its file; none if it throws nothing. */
export function linesOf(check: () => unknown): string[] {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.findings.map(({ path, message }) => `${error.file} ${path}: ${message}`);
  }
  return [];
}

/**
 * The mistakes of the stack `net`: a network with the organizations `org1` and `org2` and the channel `main`, and with what
 * is given. Places in its file are relative to the network.
 */
export function answersTo(projectDir: string, more: object): string[] {
  const network = {
    environment: "local",
    domain: "net.example.com",
    organizations: [{ name: "org1" }, { name: "org2" }],
    channels: [{ name: "main" }],
    ...more,
  };
  return linesOf(() => checkStack(projectDir, { project: "baas", stack: "net", network })).map((line) =>
    line.replace("stacks/Pulumi.net.yaml baas:network.", ""),
  );
}

/** `organizations` of a network, by their names. */
export const organizations = (...names: string[]): object => ({ organizations: names.map((name) => ({ name })) });

/** Image of the {@link chaincodes}. */
export const chaincodeImage = "registry.example.com/asset:1";

/** `chaincodes` of a network: each is `asset` on the channel `main`, with what is given. */
export const chaincodes = (...more: object[]): object => ({
  chaincodes: more.map((each) => ({ name: "asset", channel: "main", image: chaincodeImage, version: "1.0", ...each })),
});

/** `smokeTest` of a chaincode. */
export const smokeTest = { submit: [["Create"]], evaluate: ["Read"] };

/** What a network claims. */
export function claim(stack: string, port?: number, more: Partial<Claims> = {}): Claims {
  const taken = {
    stack,
    file: stackFile(stack),
    kind: "network" as const,
    environment: "local",
    context: "test",
    namespace: stack,
  };
  return {
    ...taken,
    domain: `${stack}.example.com`,
    ...(port !== undefined && { port, exposure: "NodePort" }),
    ...more,
  };
}

/** One of a few ports, so that clashes are frequent. */
export const port = fc.integer({ min: 30440, max: 30455 });

const name = fc.stringMatching(/^[a-z]{1,8}$/);

/** What a network of one of three environments claims; two of them are in one cluster. */
export const anyClaim = fc
  .record({ stack: name, port: fc.option(port, { nil: undefined }), where: fc.constantFrom("local", "second", "far") })
  .map(({ stack, port, where }) =>
    claim(stack, port, { environment: where, context: where === "far" ? "far" : "test" }),
  );

/** What the networks of a project claim. */
export const anyClaims = fc.uniqueArray(anyClaim, { selector: ({ stack }) => stack, maxLength: 14 });
