/** The stacks of the project, read and checked, and the rules across all of them. */
import { dnsLabel } from "../contracts/nameRules";
import { didYouMean } from "../didYouMean";
import { checkEthereum, ethereumWarnings } from "../ethereum/ethereumChecks";
import { checkEthereumGateway } from "../ethereum/ethereumGatewayChecks";
import { type EthereumPlan, planEthereum } from "../ethereum/ethereumPlan";
import { type Project, readProject } from "../files/project";
import { hasFile, stackFile, stackFileIn, stackFiles, stacksIn } from "../files/projectFolder";
import { sessionObstacle, sourceObstacle } from "../files/sourceFolder";
import {
  describedBy,
  glanceAtConfiguration,
  readConfiguration,
  rootOf,
  type StackConfiguration,
} from "../files/stackConfiguration";
import { stackKeys } from "../files/stackKeys";
import { listed } from "../messageText";
import { checkApi } from "../network/apiChecks";
import { checkDebugging } from "../network/debugChecks";
import { checkGateway } from "../network/gatewayChecks";
import { checkKafka, checkKafkaService, checkNetworksOnKafka, kafkaServiceWarnings } from "../network/kafkaChecks";
import { type KafkaService, kafkaServiceOf } from "../network/kafkaService";
import { checkNetwork } from "../network/networkChecks";
import type { NetworkPlan } from "../network/networkPlan";
import { planNetwork } from "../network/planNetwork";
import { checkPurpose, purposeWarning } from "../network/purposeChecks";
import { checkSize } from "../network/sizeChecks";
import { checkStudio } from "../network/studioChecks";
import { checkImages } from "../network/upstreamImages";
import { isPlainObject } from "../plainData";
import { checkGrafana } from "../platform/grafanaChecks";
import { checkMonitoring } from "../platform/monitoringChecks";
import { type EthereumConfig, ethereumSchema } from "../stackFile/ethereumSchema";
import { ConfigurationError, type Finding, parseConfiguration, unknownKey } from "../stackFile/findings";
import { checkPods, planPods } from "../stackFile/mergedPods";
import {
  type EnvironmentConfig,
  type NetworkConfig,
  networkSchema,
  type PlatformConfig,
  platformSchema,
} from "../stackFile/schema";
import { UserError } from "../userError";
import { type Claims, claimsOf, clashes, nextFreePort } from "./claims";
import { environmentFile, environmentNames, glanceAtEnvironment, readEnvironment } from "./environments";

/** A stack file, read and checked: a network of Fabric or Ethereum, or the platform of an environment. */
export type Stack = AnyStack &
  (
    | { kind: "network"; network: NetworkPlan }
    | { kind: "ethereum"; ethereum: EthereumPlan }
    | { kind: "platform"; platform: PlatformConfig }
  );

interface AnyStack {
  name: string;
  /** Its file, relative to the project. */
  file: string;
  environment: EnvironmentConfig;
  warnings: Finding[];
}

/** Name of the platform stack of an environment. */
export function platformStackName(environment: string): string {
  return `platform-${environment}`;
}

/**
 * Names of all stacks that have a file, sorted.
 *
 * @throws {@link UserError} when there is no folder for them
 */
export function stackNames(projectDir: string): string[] {
  if (!hasFile(projectDir, "stacks")) throw new UserError(`there is no folder stacks in ${projectDir}`);
  return stacksIn(projectDir, "stacks");
}

/**
 * Reads and checks a stack's file.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws UserError when there is no such stack, its file cannot be read, or it has mistakes (a {@link ConfigurationError})
 */
export function loadStack(projectDir: string, name: string): Stack {
  return checkStack(projectDir, readConfiguration(projectDir, name));
}

/**
 * Checks a stack's configuration against the schema, the rules of the network, and all other stack files.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws {@link ConfigurationError} naming every mistake
 */
export function checkStack(projectDir: string, configuration: StackConfiguration): Stack {
  const { stack: name } = configuration;
  const others = allClaims(projectDir).filter(({ stack }) => stack !== name);
  const stack = checkAlone(projectDir, configuration, others);
  const own = claims(projectDir, configuration, stack.file);
  const { gateway } = stack.environment;
  const free = own && gateway && nextFreePort(own, gateway, others);
  const taken = own === undefined ? [] : clashes(rootOf(configuration), own, others, free);
  if (taken.length > 0) throw new ConfigurationError(stack.file, taken);
  return stack;
}

/**
 * What a stack's environment is for, as far as the files say: they may be wrong, or gone.
 *
 * @returns undefined when that is unknown
 */
export function purposeOf(projectDir: string, name: string): "testing" | "production" | undefined {
  const environment = readClaims(projectDir, name)?.environment;
  if (environment === undefined) return undefined;
  const content = glanceAtEnvironment(projectDir, environment) as { purpose?: unknown } | undefined;
  if (content === undefined || content === null || typeof content !== "object") return undefined;
  const { purpose = "testing" } = content;
  return purpose === "testing" || purpose === "production" ? purpose : undefined;
}

/** What all stacks that have a file claim. */
export function allClaims(projectDir: string): Claims[] {
  const project = projectOf(projectDir);
  return project === undefined ? [] : stackNames(projectDir).flatMap((name) => claimsIn(project, name) ?? []);
}

/** What a stack claims, as far as its file can be read. */
export function readClaims(projectDir: string, name: string): Claims | undefined {
  const project = projectOf(projectDir);
  return project && claimsIn(project, name);
}

function claimsIn(project: Project, name: string): Claims | undefined {
  const configuration = glance(project, name);
  return configuration && claims(project.dir, configuration, stackFileIn(project.dir, name));
}

/** The configuration as the stack's program gets it: it may be a text of JSON, or come from Pulumi.yaml. */
function glance(project: Project, name: string): StackConfiguration | undefined {
  const written = glanceAtConfiguration(project, name);
  if (written === undefined || isPlainObject(describedBy(written))) return written;
  try {
    return readConfiguration(project.dir, name);
  } catch {
    return written;
  }
}

/** The project, if its file can be read. Its mistakes are reported by the commands that work on one of its stacks. */
function projectOf(projectDir: string): Project | undefined {
  try {
    return readProject(projectDir);
  } catch {
    return undefined;
  }
}

function claims(projectDir: string, configuration: StackConfiguration, file: string): Claims | undefined {
  return claimsOf(configuration, file, (environment) => glanceAtEnvironment(projectDir, environment));
}

/** Checks a stack by itself. The claims of other stacks serve the messages only. */
function checkAlone(projectDir: string, configuration: StackConfiguration, others: readonly Claims[]): Stack {
  const { stack: name, platform, ethereum } = configuration;
  const file = stackFileIn(projectDir, name);
  checkFile(projectDir, name);
  checkKeys(configuration, file);
  checkStackName(name, file);
  if (platform !== undefined) return checkPlatform(projectDir, configuration, file, others);
  if (ethereum !== undefined) return checkEthereumStack(projectDir, configuration, file, others);
  const root = rootOf(configuration);
  const { config, environment, plan, kafka } = parseNetwork(projectDir, configuration, file);
  const { errors, warnings } = checkNetwork(root, config, plan);
  const { context, gateway } = environment;
  const free = gateway && nextFreePort({ environment: config.environment, context }, gateway, others);
  const platformFile = stackFileIn(projectDir, platformStackName(config.environment));
  errors.push(
    ...platformName(projectDir, name),
    ...checkKafkaService(root, config, platformFile, kafka),
    ...checkGateway(root, config, plan, environment, free),
    ...checkApi(root, config, plan),
    ...checkPurpose(root, config, environment),
    ...checkDebugging(root, config),
    ...checkStudio(root, config),
    ...checkImages(root, config, environment),
    ...checkPods(`${root}.pods`, plan.pods, environmentFile(config.environment)),
    ...sourceObstacles(projectDir, root, config),
    ...sessionObstacles(projectDir, root, config),
  );
  if (errors.length > 0) throw new ConfigurationError(file, errors);
  warnings.push(
    ...kafkaServiceWarnings(root, platformFile, kafka),
    ...purposeWarning(environment, environmentFile(config.environment)),
  );
  return { kind: "network", name, file, environment, network: plan, warnings };
}

/** Refuses two files of one stack, of which one would not be read. */
function checkFile(projectDir: string, name: string): void {
  const both = stackFiles(name);
  if (!both.every((file) => hasFile(projectDir, file))) return;
  const [file, other] = both;
  const message = `${other} is a file of the stack "${name}" too: remove one of them`;
  throw new ConfigurationError(file, [{ path: "(file)", message }]);
}

/** Refuses a network with the name of a platform's stack. */
function platformName(projectDir: string, name: string): Finding[] {
  const environment = environmentNames(projectDir).find((each) => platformStackName(each) === name);
  if (environment === undefined) return [];
  const message = `is the stack of the platform of ${environmentFile(environment)}: give the network's file another name`;
  return [{ path: name, message }];
}

/** Refuses keys of the project that nothing reads, and a stack that is neither a network nor a platform. */
function checkKeys(configuration: StackConfiguration, file: string): void {
  const { project, otherKeys = [], notes = [] } = configuration;
  const allowed = stackKeys.map((key) => `${project}:${key}`);
  const unknown = otherKeys.filter((key) => key.startsWith(`${project}:`));
  if (unknown.length > 0) {
    throw new ConfigurationError(
      file,
      unknown.map((key) => unknownKey(key, key, allowed)),
    );
  }
  const described = stackKeys.filter((key) => configuration[key] !== undefined).map((key) => `"${project}:${key}"`);
  if (described.length === 1) return;
  if (described.length > 1) {
    const message = `has ${described.join(" and ")}: a stack is one network or a platform, so keep one of them`;
    throw new ConfigurationError(file, [{ path: "config", message }]);
  }
  const meant = otherKeys.find((key) => didYouMean(key, allowed) !== "");
  const hint = meant === undefined ? "" : `; there is "${meant}".${didYouMean(meant, allowed)}`;
  const others = notes.filter((note) => meant === undefined || !note.includes(meant));
  throw new ConfigurationError(file, [
    { path: "config", message: `needs one of ${listed(allowed.map((key) => `"${key}"`))}${hint}` },
    ...others.map((note) => ({ path: "(file)", message: note.replace(`${file}: `, "") })),
  ]);
}

/**
 * Reads the network that a stack describes, and checks it against the schema and the limits of a network's size only.
 *
 * @throws {@link ConfigurationError} naming every mistake
 */
export function parseNetwork(
  projectDir: string,
  configuration: StackConfiguration,
  file = stackFileIn(projectDir, configuration.stack),
): { config: NetworkConfig; environment: EnvironmentConfig; plan: NetworkPlan; kafka?: KafkaService } {
  const root = rootOf(configuration);
  const config = parseConfiguration(networkSchema, configuration.network, file, root);
  const tooMuch = checkSize(root, config);
  if (tooMuch.length > 0) throw new ConfigurationError(file, tooMuch);
  const environment = readEnvironment(projectDir, config.environment, file, `${root}.environment`);
  const kafka = config.ordering.type === "kafka" ? readKafkaService(projectDir, config.environment) : undefined;
  return { config, environment, plan: planNetwork(configuration.stack, config, environment, kafka), kafka };
}

const kafkaFields = platformSchema.pick({ namespace: true, kafka: true, externalKafka: true }).strip();

/**
 * The Kafka of an environment, if the file of its platform has one.
 *
 * @throws {@link ConfigurationError} with the mistakes of that file
 */
function readKafkaService(projectDir: string, environment: string): KafkaService | undefined {
  const project = projectOf(projectDir);
  const name = platformStackName(environment);
  if (project === undefined || !stackFiles(name).some((file) => hasFile(projectDir, file))) return undefined;
  // A file that cannot be read says of no Kafka that it is not there.
  const configuration = glance(project, name) ?? readConfiguration(projectDir, name);
  if (configuration.platform === undefined) return undefined;
  const { platform } = configuration;
  return kafkaServiceOf(
    parseConfiguration(kafkaFields, platform, stackFileIn(projectDir, name), rootOf(configuration)),
  );
}

/**
 * Reads the Ethereum network that a stack describes, and checks it against the schema only.
 *
 * @throws {@link ConfigurationError} naming every mistake
 */
export function parseEthereum(
  projectDir: string,
  configuration: StackConfiguration,
  file = stackFileIn(projectDir, configuration.stack),
): { config: EthereumConfig; environment: EnvironmentConfig; plan: EthereumPlan } {
  const root = rootOf(configuration);
  const config = parseConfiguration(ethereumSchema, configuration.ethereum, file, root);
  const environment = readEnvironment(projectDir, config.environment, file, `${root}.environment`);
  return { config, environment, plan: planEthereum(configuration.stack, config, environment) };
}

function checkEthereumStack(
  projectDir: string,
  configuration: StackConfiguration,
  file: string,
  others: readonly Claims[],
): Stack {
  const { stack: name } = configuration;
  const root = rootOf(configuration);
  const { config, environment, plan } = parseEthereum(projectDir, configuration, file);
  const { context, gateway } = environment;
  const free = gateway && nextFreePort({ environment: config.environment, context }, gateway, others);
  const errors = [
    ...platformName(projectDir, name),
    ...checkEthereum(root, config, environment),
    ...checkEthereumGateway(root, config, environment, free),
    ...checkPods(`${root}.pods`, plan.pods, environmentFile(config.environment)),
  ];
  if (errors.length > 0) throw new ConfigurationError(file, errors);
  const warnings = [
    ...ethereumWarnings(root, config),
    ...purposeWarning(environment, environmentFile(config.environment)),
  ];
  return { kind: "ethereum", name, file, environment, ethereum: plan, warnings };
}

function checkPlatform(
  projectDir: string,
  configuration: StackConfiguration,
  file: string,
  others: readonly Claims[],
): Stack {
  const { stack: name } = configuration;
  const root = rootOf(configuration);
  const platform = parseConfiguration(platformSchema, configuration.platform, file, root);
  const expected = platformStackName(platform.environment);
  if (name !== expected) {
    const message = `the platform of "${platform.environment}" is the stack "${expected}": rename ${file} to ${stackFile(expected)}`;
    throw new ConfigurationError(file, [{ path: `${root}.environment`, message }]);
  }
  const environment = readEnvironment(projectDir, platform.environment, file, `${root}.environment`);
  const environmentPath = environmentFile(platform.environment);
  const kafka = checkKafka(root, platform, environment);
  const neighbours = others.filter(({ environment: of }) => of === platform.environment);
  const networks = neighbours.filter(({ kind }) => kind === "network");
  const watched = neighbours.flatMap(({ stack, kind }) => (kind === "platform" ? [] : [{ name: stack, kind }]));
  const monitoring = checkMonitoring(root, platform, environment, watched);
  const { context, gateway } = environment;
  const free = gateway && nextFreePort({ environment: platform.environment, context }, gateway, others);
  const mistakes = [
    ...kafka.errors,
    ...checkNetworksOnKafka(
      root,
      platform,
      networks.filter(({ topics }) => topics !== undefined),
    ),
    ...monitoring.errors,
    ...checkGrafana(root, platform, environment, free),
    ...checkPods(`${root}.pods`, planPods(environment, platform.pods), environmentPath),
  ];
  if (mistakes.length > 0) throw new ConfigurationError(file, mistakes);
  const warnings = [...kafka.warnings, ...monitoring.warnings, ...purposeWarning(environment, environmentPath)];
  return { kind: "platform", name, file, environment, platform, warnings };
}

/**
 * Refuses a name that Kubernetes would not accept.
 *
 * @throws {@link ConfigurationError} with the rule for names of stacks
 */
export function checkStackName(name: string, file = stackFile(name)): void {
  if (dnsLabel.pattern.test(name) && name.length <= 40) return;
  const message = 'a stack\'s name is lower-case letters, digits and "-", 40 at most, and starts with a letter';
  throw new ConfigurationError(file, [{ path: name, message }]);
}

function sourceObstacles(projectDir: string, root: string, config: NetworkConfig): Finding[] {
  return config.chaincodes.flatMap(({ source }, i) => {
    const message = source === undefined ? undefined : sourceObstacle(projectDir, source);
    return message === undefined ? [] : [{ path: `${root}.chaincodes[${i}].source`, message }];
  });
}

function sessionObstacles(projectDir: string, root: string, { organizations, chaincodes }: NetworkConfig): Finding[] {
  return organizations.flatMap(({ studio }, i) =>
    (studio?.sessions ?? []).flatMap(({ chaincode, channel }, j) => {
      const source = chaincodes.find(
        (each) => each.name === chaincode && each.channel === (channel ?? each.channel),
      )?.source;
      const message = source === undefined ? undefined : sessionObstacle(projectDir, source);
      return message === undefined
        ? []
        : [{ path: `${root}.organizations[${i}].studio.sessions[${j}].chaincode`, message }];
    }),
  );
}
