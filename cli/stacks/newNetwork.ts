/** Writes the stack file of a new network, with the next free port of its environment. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { dump, load } from "js-yaml";

import { baas } from "../../model/baasCommand";
import { listStacks, readProject } from "../../model/files/project";
import { stackFile, stackFileIn } from "../../model/files/projectFolder";
import type { StackConfiguration } from "../../model/files/stackConfiguration";
import { type Claims, nextFreePort } from "../../model/project/claims";
import { environmentFile, environmentNames, readEnvironment } from "../../model/project/environments";
import { allClaims, checkStack, checkStackName, platformStackName, stackNames } from "../../model/project/stacks";
import { ConfigurationError, parseConfiguration } from "../../model/stackFile/findings";
import { exposesNone } from "../../model/stackFile/gatewayPort";
import { networkSchema } from "../../model/stackFile/schema";
import { UserError } from "../../model/userError";
import { createAtomically } from "../common/atomicFiles";
import { withFileLock } from "../common/fileLock";

/** A user's choices for a new network. */
export interface WantedNetwork {
  name: string;
  /** Default: the only one there is. */
  environment?: string;
  /** Default: `<name>.example.com`. */
  domain?: string;
}

/** A network whose stack file was written. */
export interface NewNetwork {
  name: string;
  /** Its stack file, relative to the project. */
  file: string;
  environment: string;
  /** Context of the environment. */
  context: string;
  domain: string;
  port: number;
}

const command = baas("new");
const sample = "chaincode/asset-transfer";

/**
 * Writes the stack file of a small network. It checks the contents first and never overwrites a file. No two networks get the
 * same port, even if they are created at the same time.
 *
 * @throws {@link UserError} with the obstacle; nothing is written then
 */
export function createNetwork(projectDir: string, wanted: WantedNetwork): NewNetwork {
  const { name, domain = `${name}.example.com` } = wanted;
  checkName(projectDir, name);
  parseConfiguration(networkSchema.shape.domain, domain, command, "--domain");
  const environment = wanted.environment ?? onlyEnvironment(projectDir, name);
  const { context, gateway, purpose } = readEnvironment(projectDir, environment, command, "--environment");
  if (gateway === undefined) throw new UserError(exposesNone(environment));

  const file = stackFile(name);
  return withFileLock(join(projectDir, ".baas", "newNetwork.lock"), () => {
    const port = nextFreePort({ environment, context }, gateway, readableClaims(projectDir));
    if (port === undefined) {
      const { from, to } = gateway.ports;
      throw new UserError(
        `all ports of environment "${environment}", ${from} to ${to}, are in use: ${baas("ports")} lists them\n` +
          `  -> Nothing was written. Widen gateway.ports in ${environmentFile(environment)}.`,
      );
    }
    const network = { name, file, environment, context, domain, port };
    const project = readProject(projectDir).name;
    const withSample = existsSync(join(projectDir, sample, "Dockerfile"));
    const text = networkText(network, project, { withSample, forProduction: purpose === "production" });
    const { config } = load(text) as { config: Record<string, unknown> };
    check(projectDir, { project, stack: name, network: config[`${project}:network`] });
    if (!createAtomically(join(projectDir, file), text)) throw taken(file);
    return network;
  });
}

function checkName(projectDir: string, name: string): void {
  checkStackName(name);
  if (listStacks(readProject(projectDir)).includes(name)) throw taken(stackFileIn(projectDir, name));
  const environment = environmentNames(projectDir).find((each) => platformStackName(each) === name);
  if (environment === undefined) return;
  throw new UserError(`"${name}" is the stack of the platform of environment "${environment}": choose another name`);
}

function taken(file: string): UserError {
  return new UserError(`${file} is there already\n  -> Nothing was written. Choose another name, or edit that file.`);
}

function onlyEnvironment(projectDir: string, name: string): string {
  const [first, ...others] = environmentNames(projectDir);
  if (first === undefined) throw new UserError(`there is no environment yet: write ${environmentFile("NAME")}`);
  if (others.length === 0) return first;
  const known = [first, ...others].join(", ");
  throw new UserError(`which environment? There are: ${known}\n  -> ${command} ${name} --environment ${first}`);
}

/** The claims of all stacks. It refuses an unreadable stack file, as that stack may have any port. */
function readableClaims(projectDir: string): Claims[] {
  const claims = allClaims(projectDir);
  const silent = stackNames(projectDir).find((name) => claims.every(({ stack }) => stack !== name));
  if (silent === undefined) return claims;
  throw new UserError(
    `${stackFileIn(projectDir, silent)} cannot be read, so its port might be assigned twice\n` +
      `  -> Nothing was written. ${baas("ports")} shows its mistakes.`,
  );
}

function check(projectDir: string, configuration: StackConfiguration): void {
  try {
    checkStack(projectDir, configuration);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new UserError(`${error.message}\n  -> Nothing was written. Choose another name, or another --domain.`);
  }
}

/**
 * The stack file of a small network.
 *
 * @param project - name of the project, the prefix of the file's keys
 * @param options - whether the project has the sample chaincode; whether the network must survive the loss of any one pod
 */
export function networkText(
  { name, environment, domain, port }: Omit<NewNetwork, "context">,
  project: string,
  { withSample, forProduction }: { withSample: boolean; forProduction: boolean },
): string {
  const parts = `three Raft orderers, one channel${withSample ? ", one chaincode" : ""}`;
  return `# The network ${name}: two organizations with ${forProduction ? "two peers" : "one peer"} each, ${parts}.
config:
  ${project}:network:
    environment: ${scalar(environment)} # ${environmentFile(environment)}: context, registries, size
    domain: ${scalar(domain)} # nodes are called peer0.org1.${domain}
    ordering: { nodes: 3 } # they survive the loss of one
    organizations:
${organizations(forProduction)}    channels:
      - { name: main } # all organizations are members
${withSample ? chaincode(forProduction) : ""}    gateway:
      port: ${port} # the only way in from outside the cluster: https://api.${domain}:${port}
      passthrough: # what native clients reach through it, such as peer0.org1.${domain}:${port}
        peers: [org1, org2]
        orderers: true
        certificateAuthorities: [org1, org2]
`;
}

const organizations = (forProduction: boolean): string =>
  forProduction
    ? `      - { name: org1, peers: 2, clients: [app] } # LevelDB, MSP ID Org1MSP
      - { name: org2, peers: 2 }
`
    : `      - { name: org1, clients: [app] } # one peer, LevelDB, MSP ID Org1MSP; "peers: 2" gives it two
      - { name: org2 }
`;

const chaincode = (forProduction: boolean): string => `    chaincodes:
      - name: asset-transfer
        channel: main
        source: ${sample}
        version: "1.0" # a new one is installed, approved and committed
${forProduction ? "        replicas: 2 # of each organization\n" : smokeTest}`;

const smokeTest = `        smokeTest: # a Job runs it once the chaincode is committed; {id} is a new ID for each run
          submit:
            - [CreateAsset, "{id}", alice, a first asset, "100"]
            - [TransferAsset, "{id}", bob]
          evaluate: [ReadAsset, "{id}"]
`;

/** A text as YAML, quoted if YAML would read it as another type otherwise. */
function scalar(text: string): string {
  return dump(text, { quoteStyle: "double" }).trim();
}
