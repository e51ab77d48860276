/** The resource monitor, as far as a program's process talks to it: gRPC in, {@link Deployment} calls out. */
import type { Server } from "@grpc/grpc-js";

import { compareText } from "../../../model/plainData";
import { UserError } from "../../../model/userError";
import type { ResourceOptions } from "../declared/registration";
import type { AliasSpec, Deployment, RegisterRequest } from "./deployment";
import { grpcModules } from "./grpcModules";

type Grpc = Awaited<ReturnType<typeof grpcModules>>;
type Message = any;

// What the SDK may use. Transforms and hooks are answered with an error that says what to do; without them here the
// SDK would ask for a newer CLI.
const features = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "deletedWith",
  "replaceWith",
  "transforms",
  "invokeTransforms",
  "parameterization",
  "resourceHooks",
  "errorHooks",
]);

/** A server on a port of the loopback interface that one program connects to. */
export class Monitor {
  private constructor(
    private readonly server: Server,
    /** Where the program finds it: host and port. */
    readonly address: string,
  ) {}

  /**
   * Opens the port and answers the program from a deployment.
   *
   * @param stop - called once the program has done what the engine would stop it for; the diagnostic is recorded
   */
  static async listen(deployment: Deployment, stop: () => void): Promise<Monitor> {
    const modules = await grpcModules();
    const { grpc, service } = modules;
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
    const handlers = Object.entries(monitorHandlers(modules, deployment));
    const implementation = handlers.map(([name, handler]) => [name, guarded(modules, handler, deployment, stop)]);
    server.addService(service, Object.fromEntries(implementation));
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return new Monitor(server, `127.0.0.1:${port}`);
  }

  /** Closes the port and every connection. */
  close(): void {
    this.server.forceShutdown();
  }
}

type Handler = (request: Message) => Message | Promise<Message>;

/** Turns a handler into a gRPC method. Whatever it throws ends the program, as an error of the engine's does. */
function guarded({ grpc }: Grpc, handler: Handler, deployment: Deployment, stop: () => void) {
  return async ({ request }: Message, callback: (error: unknown, response?: Message) => void): Promise<void> => {
    try {
      callback(null, await handler(request));
    } catch (error) {
      const message = error instanceof UserError ? error.message : String((error as Error).stack ?? error);
      deployment.diagnostics.push({ severity: "error", message });
      // The SDK takes this for the end of the engine and reports nothing more itself.
      callback({ code: grpc.status.UNAVAILABLE, details: "the program was stopped" });
      stop();
    }
  };
}

function monitorHandlers({ resource, struct, empty }: Grpc, deployment: Deployment): Record<string, Handler> {
  const notOffline = (what: string) => (): never => {
    throw new UserError(`the program uses ${what}; the offline engine does not run them. Use the Pulumi CLI`);
  };
  return {
    supportsFeature: (request) => {
      const response = new resource.SupportsFeatureResponse();
      response.setHassupport(features.has(request.getId()));
      return response;
    },
    registerResource: (request) => {
      const { urn, id, outputs } = deployment.register(registerRequest(request));
      // What the program gave goes back as it came; a provider adds to it.
      const object = request.getObject() ?? new struct.Struct();
      const fields = object.getFieldsMap();
      for (const [key, value] of Object.entries(outputs)) fields.set(key, struct.Value.fromJavaScript(value as any));
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
      response.setProperties(struct.Struct.fromJavaScript(outputs as any));
      return response;
    },
    registerResourceOutputs: (request) => {
      deployment.registerOutputs(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
      return new empty.Empty();
    },
    registerPackage: (request) => {
      const response = new resource.RegisterPackageResponse();
      response.setRef(`${request.getName()}@${request.getVersion()}`);
      return response;
    },
    // Nothing is left to do once the program has ended; without an answer its process would wait forever.
    signalAndWaitForShutdown: () => new empty.Empty(),
    invoke: (request) => deployment.invoke(request.getTok()),
    call: (request) => deployment.invoke(request.getTok()),
    registerStackTransform: notOffline("resource transforms"),
    registerStackInvokeTransform: notOffline("invoke transforms"),
    registerResourceHook: notOffline("resource hooks"),
    registerErrorHook: notOffline("error hooks"),
  };
}

function registerRequest(request: Message): RegisterRequest {
  if (request.getTransformsList().length > 0) {
    throw new UserError(
      `"${request.getName()}" has resource transforms; the offline engine does not run them. Use the Pulumi CLI`,
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
  // A reference to a provider is its URN and its ID; before apply, the ID says nothing.
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

/** Leaves out what protobuf has for "not given": nothing, empty text, empty lists, empty objects. */
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
