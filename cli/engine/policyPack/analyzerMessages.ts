/** Messages of Pulumi's analyzer protocol, to and from plain data. */
import { grpcModules } from "../program/grpcModules";
import type { Registration, ResourceOptions } from "../registration";
import { encode } from "../values";
import type {
  AnalyzedResource,
  Diagnosis,
  EnforcementLevel,
  PolicyConfiguration,
  PolicyInfo,
  Remediation,
} from "./policyPack";

type Message = any;

let made: ReturnType<typeof make> | undefined;

/** Makes and reads messages; loads their definitions when it is called first. */
export function analyzerMessages() {
  return (made ??= make());
}

function make() {
  const { analyzer, struct } = grpcModules();
  const levels: [EnforcementLevel, number][] = [
    ["advisory", analyzer.EnforcementLevel.ADVISORY],
    ["mandatory", analyzer.EnforcementLevel.MANDATORY],
    ["disabled", analyzer.EnforcementLevel.DISABLED],
    ["remediate", analyzer.EnforcementLevel.REMEDIATE],
  ];
  const levelOf = (number: number): EnforcementLevel => levels.find(([, each]) => each === number)![0];
  const numberOf = (level: EnforcementLevel): any => levels.find(([each]) => each === level)![1];
  const toStruct = (value: object) => struct.Struct.fromJavaScript(value as any);

  const options = (from: ResourceOptions, parent: string | undefined): Message => {
    const message = new analyzer.AnalyzerResourceOptions();
    message.setProtect(from.protect ?? false);
    message.setIgnorechangesList(from.ignoreChanges ?? []);
    message.setDeletebeforereplacedefined(from.deleteBeforeReplace !== undefined);
    message.setDeletebeforereplace(from.deleteBeforeReplace ?? false);
    message.setAdditionalsecretoutputsList(from.additionalSecretOutputs ?? []);
    message.setAliasesList(from.aliases ?? []);
    message.setParent(parent ?? "");
    return message;
  };

  // A resource is asked about twice, and a provider with every one of its resources.
  const made = new WeakMap<Registration, Message>();
  const properties = (registration: Registration): Message => {
    const known = made.get(registration);
    if (known !== undefined) return known;
    const struct = toStruct(encode(registration.inputs) as object);
    made.set(registration, struct);
    return struct;
  };

  const fill = (message: Message, { registration, provider }: AnalyzedResource): Message => {
    message.setType(registration.type);
    message.setProperties(properties(registration));
    message.setUrn(registration.urn);
    message.setName(registration.name);
    message.setOptions(options(registration.options, registration.parent));
    if (provider !== undefined) {
      const of = new analyzer.AnalyzerProviderResource();
      of.setType(provider.type);
      of.setProperties(properties(provider));
      of.setUrn(provider.urn);
      of.setName(provider.name);
      message.setProvider(of);
    }
    return message;
  };

  return {
    policyInfos: (info: Message): PolicyInfo[] =>
      info.getPoliciesList().map((each: Message) => ({
        name: each.getName(),
        description: each.getDescription(),
        level: levelOf(each.getEnforcementlevel()),
        settings: each.getConfigschema()?.getProperties()?.toJavaScript() ?? {},
      })),

    configuration: (configuration: PolicyConfiguration): Message => {
      const request = new analyzer.ConfigureAnalyzerRequest();
      for (const [name, { level, settings }] of Object.entries(configuration)) {
        const policy = new analyzer.PolicyConfig();
        policy.setEnforcementlevel(numberOf(level));
        policy.setProperties(toStruct(settings));
        request.getPolicyconfigMap().set(name, policy);
      }
      return request;
    },

    request: (resource: AnalyzedResource): Message => fill(new analyzer.AnalyzeRequest(), resource),

    stackRequest: (resources: AnalyzedResource[]): Message => {
      const request = new analyzer.AnalyzeStackRequest();
      request.setResourcesList(
        resources.map((resource) => {
          const { parent, options } = resource.registration;
          const message = fill(new analyzer.AnalyzerResource(), resource);
          message.setParent(parent ?? "");
          message.setDependenciesList(options.dependsOn);
          for (const [key, urns] of Object.entries(options.propertyDependencies)) {
            const dependencies = new analyzer.AnalyzerPropertyDependencies();
            dependencies.setUrnsList(urns);
            message.getPropertydependenciesMap().set(key, dependencies);
          }
          return message;
        }),
      );
      return request;
    },

    diagnoses: (response: Message): Diagnosis[] =>
      response.getDiagnosticsList().map((each: Message) => ({
        policy: each.getPolicyname(),
        pack: each.getPolicypackname(),
        packVersion: each.getPolicypackversion(),
        level: levelOf(each.getEnforcementlevel()),
        message: each.getMessage(),
        ...(each.getUrn() !== "" && { urn: each.getUrn() }),
      })),

    remediations: (response: Message): Remediation[] =>
      response.getRemediationsList().map((each: Message) => ({
        policy: each.getPolicyname(),
        ...(each.hasProperties() && { properties: each.getProperties().toJavaScript() }),
        ...(each.getDiagnostic() !== "" && { diagnostic: each.getDiagnostic() }),
      })),
  };
}
