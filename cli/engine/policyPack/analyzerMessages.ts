/** Messages of Pulumi's analyzer protocol, to and from plain data. Their definitions are loaded with the first of them. */
import type { Configuration } from "../../../model/project/policyProfile";
import type { Level } from "../../../model/stackFile/mergedPolicies";
import type { Registration, ResourceOptions } from "../declared/registration";
import { encode } from "../declared/values";
import { grpcModules } from "../program/grpcModules";
import type { AnalyzedResource, Diagnosis, PolicyInfo, Remediation } from "./policyTypes";

type Message = any;

/** The policies that a pack describes. */
export function policyInfos(info: Message): PolicyInfo[] {
  return info.getPoliciesList().map((each: Message) => ({
    name: each.getName(),
    description: each.getDescription(),
    level: levelOf(each.getEnforcementlevel()),
    settings: each.getConfigschema()?.getProperties()?.toJavaScript() ?? {},
  }));
}

/** Says how policies are to be taken. */
export function configureRequest(configuration: Configuration): Message {
  const { analyzer } = grpcModules();
  const request = new analyzer.ConfigureAnalyzerRequest();
  for (const [name, { level, settings }] of Object.entries(configuration)) {
    const policy = new analyzer.PolicyConfig();
    policy.setEnforcementlevel(numberOf(level));
    policy.setProperties(toStruct(settings));
    request.getPolicyconfigMap().set(name, policy);
  }
  return request;
}

/** Asks about one resource. */
export function analyzeRequest(resource: AnalyzedResource): Message {
  return filled(new (grpcModules().analyzer.AnalyzeRequest)(), resource);
}

/** Asks about all resources of a stack. */
export function analyzeStackRequest(resources: readonly AnalyzedResource[]): Message {
  const request = new (grpcModules().analyzer.AnalyzeStackRequest)();
  request.setResourcesList(resources.map(stackResource));
  return request;
}

function stackResource(resource: AnalyzedResource): Message {
  const { analyzer } = grpcModules();
  const { parent, options } = resource.registration;
  const message = filled(new analyzer.AnalyzerResource(), resource);
  message.setParent(parent ?? "");
  message.setDependenciesList(options.dependsOn);
  for (const [key, urns] of Object.entries(options.propertyDependencies)) {
    const dependencies = new analyzer.AnalyzerPropertyDependencies();
    dependencies.setUrnsList(urns);
    message.getPropertydependenciesMap().set(key, dependencies);
  }
  return message;
}

/** What a pack has found. */
export function diagnoses(response: Message): Diagnosis[] {
  return response.getDiagnosticsList().map((each: Message) => ({
    policy: each.getPolicyname(),
    pack: each.getPolicypackname(),
    packVersion: each.getPolicypackversion(),
    level: levelOf(each.getEnforcementlevel()),
    message: each.getMessage(),
    ...(each.getUrn() !== "" && { urn: each.getUrn() }),
  }));
}

/** What a pack wants changed. */
export function remediations(response: Message): Remediation[] {
  return response.getRemediationsList().map((each: Message) => ({
    policy: each.getPolicyname(),
    ...(each.hasProperties() && { properties: each.getProperties().toJavaScript() }),
    ...(each.getDiagnostic() !== "" && { diagnostic: each.getDiagnostic() }),
  }));
}

function filled(message: Message, { registration, provider }: AnalyzedResource): Message {
  message.setType(registration.type);
  message.setProperties(propertiesOf(registration));
  message.setUrn(registration.urn);
  message.setName(registration.name);
  message.setOptions(optionsOf(registration.options, registration.parent));
  if (provider !== undefined) {
    const of = new (grpcModules().analyzer.AnalyzerProviderResource)();
    of.setType(provider.type);
    of.setProperties(propertiesOf(provider));
    of.setUrn(provider.urn);
    of.setName(provider.name);
    message.setProvider(of);
  }
  return message;
}

function optionsOf(options: ResourceOptions, parent: string | undefined): Message {
  const message = new (grpcModules().analyzer.AnalyzerResourceOptions)();
  message.setProtect(options.protect ?? false);
  message.setIgnorechangesList(options.ignoreChanges ?? []);
  message.setDeletebeforereplacedefined(options.deleteBeforeReplace !== undefined);
  message.setDeletebeforereplace(options.deleteBeforeReplace ?? false);
  message.setAdditionalsecretoutputsList(options.additionalSecretOutputs ?? []);
  message.setAliasesList(options.aliases ?? []);
  message.setParent(parent ?? "");
  return message;
}

// A resource is asked about twice, and a provider with every one of its resources.
const structs = new WeakMap<Registration, Message>();

function propertiesOf(registration: Registration): Message {
  const known = structs.get(registration);
  if (known !== undefined) return known;
  const struct = toStruct(encode(registration.inputs) as object);
  structs.set(registration, struct);
  return struct;
}

function toStruct(value: object): Message {
  return grpcModules().struct.Struct.fromJavaScript(value as any);
}

const levels: readonly Level[] = ["advisory", "mandatory", "disabled", "remediate"];

function levelOf(number: number): Level {
  return levels.find((level) => numberOf(level) === number)!;
}

function numberOf(level: Level): any {
  return grpcModules().analyzer.EnforcementLevel[level.toUpperCase() as Uppercase<Level>];
}
