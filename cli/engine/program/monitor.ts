/** The resource monitor for the SDK: translates its requests to calls of {@link Deployment}. */
import * as resource from "@pulumi/pulumi/proto/resource_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb.js";

import { compareText } from "../../../model/plainData";
import { UserError } from "../../../model/userError";
import type { ResourceOptions } from "../declared/registration";
import type { AliasSpec, Deployment, RegisterRequest } from "./deployment";

type Message = any;

// Features that the SDK may use. Transforms and hooks get an error with a remedy; if they were absent here, the SDK would ask
// for a newer CLI.
const { ResourceMonitorFeature: feature } = resource;
const features = [
  feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  feature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
  feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  feature.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
  feature.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
  feature.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
  feature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
  feature.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
];

type Handler = (request: Message) => Message | Promise<Message>;

/**
 * A client of a resource monitor in the same process, for `runtime.setMockOptions` of the SDK.
 *
 * @param deployment - answers the requests
 * @param stop - receives the error for which the engine would stop the program; that call is never answered
 */
export function resourceMonitor(deployment: Deployment, stop: (error: unknown) => void): Record<string, unknown> {
  const methods = Object.entries(handlers(deployment)).map(([name, handler]) => [
    name,
    (request: Message, callback: (error: unknown, response?: Message) => void): void => {
      // As over a network, no call is answered before it returns.
      Promise.resolve(request)
        .then(handler)
        .then((response) => callback(null, response), stop);
    },
  ]);
  return { ...Object.fromEntries(methods), close: () => undefined };
}

function handlers(deployment: Deployment): Record<string, Handler> {
  const unsupported = (what: string) => (): never => {
    throw new UserError(`the program uses ${what}; baas does not support them. Use the Pulumi CLI`);
  };
  return {
    getDeploymentInfo: () => {
      const response = new resource.DeploymentInfo();
      response.setSupportedfeaturesList(features);
      return response;
    },
    registerResource: (request) => {
      const { urn, id, outputs } = deployment.register(registerRequest(request));
      // The inputs return unchanged; a provider adds to them.
      const object = request.getObject() ?? new Struct();
      const fields = object.getFieldsMap();
      for (const [key, value] of Object.entries(outputs)) fields.set(key, Value.fromJavaScript(value as any));
      const response = new resource.RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(id);
      response.setObject(object);
      return response;
    },
    readResource: async (request) => {
      const { urn, outputs } = await deployment.read({
        type: request.getType(),
        name: request.getName(),
        id: request.getId(),
        parent: request.getParent() || undefined,
      });
      const response = new resource.ReadResourceResponse();
      response.setUrn(urn);
      response.setProperties(Struct.fromJavaScript(outputs as any));
      return response;
    },
    registerResourceOutputs: (request) => {
      deployment.registerOutputs(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
      return new Empty();
    },
    registerPackage: (request) => {
      const response = new resource.RegisterPackageResponse();
      response.setRef(`${request.getName()}@${request.getVersion()}`);
      return response;
    },
    // The program has ended. Without an answer its process would wait forever.
    signalAndWaitForShutdown: () => new Empty(),
    invoke: (request) => deployment.invoke(request.getTok()),
    call: (request) => deployment.invoke(request.getTok()),
    registerStackTransform: unsupported("resource transforms"),
    registerStackInvokeTransform: unsupported("invoke transforms"),
    registerResourceHook: unsupported("resource hooks"),
    registerErrorHook: unsupported("error hooks"),
  };
}

function registerRequest(request: Message): RegisterRequest {
  if (request.getTransformsList().length > 0) {
    throw new UserError(
      `"${request.getName()}" has resource transforms; baas does not support them. Use the Pulumi CLI`,
    );
  }
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() || undefined,
    custom: request.getCustom(),
    remote: request.getRemote(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    options: options(request),
    aliases: request.getAliasesList().map(aliasSpec),
  };
}

function options(request: Message): Omit<ResourceOptions, "aliases"> {
  const propertyDependencies: Record<string, string[]> = {};
  for (const [key, dependencies] of request.getPropertydependenciesMap().entries()) {
    const urns: string[] = dependencies.getUrnsList();
    if (urns.length > 0) propertyDependencies[key] = [...urns].sort(compareText);
  }
  // A reference to a provider has its URN and its ID; before apply the ID has no meaning.
  const provider = (request.getProvider() as string).split("::").slice(0, -1).join("::");
  return {
    dependsOn: [...request.getDependenciesList()].sort(compareText),
    propertyDependencies,
    ...given({
      protect: request.hasProtect() ? (request.getProtect() as boolean) : undefined,
      retainOnDelete: request.hasRetainondelete() ? (request.getRetainondelete() as boolean) : undefined,
      provider,
      version: request.getVersion() as string,
      ignoreChanges: request.getIgnorechangesList() as string[],
      replaceOnChanges: request.getReplaceonchangesList() as string[],
      customTimeouts: given(request.getCustomtimeouts()?.toObject() ?? {}),
      deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
      deletedWith: request.getDeletedwith() as string,
      additionalSecretOutputs: request.getAdditionalsecretoutputsList() as string[],
      importId: request.getImportid() as string,
    }),
  };
}

/** Leaves out protobuf's default values: undefined, empty texts, empty lists, empty objects. */
function given<T extends object>(values: T): Partial<T> {
  const isGiven = (value: unknown): boolean =>
    value !== undefined &&
    value !== null &&
    value !== "" &&
    (typeof value !== "object" || Object.keys(value).length > 0);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => isGiven(value))) as Partial<T>;
}

function aliasSpec(alias: Message): AliasSpec {
  if (alias.hasUrn()) return { urn: alias.getUrn() };
  const spec = alias.getSpec();
  return given({
    name: spec.getName() as string,
    type: spec.getType() as string,
    stack: spec.getStack() as string,
    project: spec.getProject() as string,
    parent: spec.getParenturn() as string,
    noParent: spec.getNoparent() ? true : undefined,
  });
}
