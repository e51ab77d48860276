/** Registers the resources of one run of a program, by the rules of the Pulumi engine. */
import { compareText } from "../../../model/plainData";
import { createUrn, parseUrn, stackType } from "../../../model/pulumi/urn";
import { UserError } from "../../../model/userError";
import type { Registration, ResourceOptions } from "../declared/registration";
import { isSecretData } from "../declared/resourceTypes";
import { decode, encode, mapLeaves, type Path, Secret } from "../declared/values";
import type { RandomStore } from "../random/randomStore";
import type { ReadStack } from "./messages";
import { answerFor } from "./providers";

/** A request to register a resource. Its values are still encoded as the SDK sends them. */
export interface RegisterRequest {
  type: string;
  name: string;
  parent?: string;
  custom: boolean;
  remote: boolean;
  inputs: Record<string, unknown>;
  options: Omit<ResourceOptions, "aliases">;
  aliases: AliasSpec[];
}

/** An alias of a resource: a former URN, or its parts that differ from the present one. */
export interface AliasSpec {
  urn?: string;
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  parent?: string;
  noParent?: boolean;
}

/** The answer to a registration. */
export interface RegisterAnswer {
  urn: string;
  /** Empty while it is unknown. */
  id: string;
  /** Encoded as the SDK expects them. */
  outputs: Record<string, unknown>;
}

/** The context of a deployment. */
export interface DeploymentContext {
  project: string;
  stack: string;
  dryRun: boolean;
  random: RandomStore;
  readStack: ReadStack;
}

/** Records what a program registers, and answers as the engine and the providers would, without changing anything. */
export class Deployment {
  readonly registrations: Registration[] = [];
  outputs: Record<string, unknown> = {};
  private readonly byUrn = new Map<string, Registration>();

  constructor(private readonly context: DeploymentContext) {}

  /**
   * Registers a resource.
   *
   * @throws {@link UserError} where the engine would stop the program
   */
  register(request: RegisterRequest): RegisterAnswer {
    const { type, name, parent, custom } = request;
    if (request.remote) {
      throw new UserError(
        `"${name}" (${type}) is a component that its provider builds; baas does not run providers. ` +
          `Declare its resources in the program, or use the Pulumi CLI`,
      );
    }
    if (custom && !/^[^:]+:[^:]*:[^:]+$/.test(type)) throw new UserError(`"${type}" is not the type of a resource`);
    const registration: Registration = {
      urn: this.newUrn(parent, type, name),
      type,
      name,
      custom,
      ...(parent !== undefined && { parent }),
      inputs: markKubernetesSecret(type, decode(request.inputs) as Record<string, unknown>),
      options: { ...request.options },
    };
    this.inherit(registration);
    const aliases = this.aliases(registration, request.aliases);
    if (aliases.length > 0) registration.options.aliases = aliases;
    this.add(registration);
    if (!custom) return { urn: registration.urn, id: "", outputs: {} };
    const { id, outputs } = answerFor(registration, this.context);
    registration.outputs = outputs;
    return { urn: registration.urn, id, outputs: encode(outputs) as Record<string, unknown> };
  }

  /** Answers a read of a resource that the program does not manage. Without providers, only stacks can be read. */
  async read(request: { type: string; name: string; id: string; parent?: string }): Promise<RegisterAnswer> {
    const { type, name, id, parent } = request;
    if (type !== "pulumi:pulumi:StackReference") {
      throw new UserError(
        `"${name}" (${type}) reads the existing resource "${id}"; baas does not run the provider that reads it. ` +
          `Pass the values that the program needs as configuration, or use the Pulumi CLI`,
      );
    }
    const inputs = { name: id };
    const registration: Registration = {
      urn: this.newUrn(parent, type, name),
      type,
      name,
      custom: true,
      ...(parent !== undefined && { parent }),
      inputs,
      read: id,
      options: { dependsOn: [], propertyDependencies: {} },
    };
    this.add(registration);
    const outputs = await this.context.readStack(referencedStack(id, this.context.project));
    const secretOutputNames = Object.keys(outputs).filter((key) => outputs[key] instanceof Secret);
    registration.outputs = { ...inputs, outputs, secretOutputNames };
    return { urn: registration.urn, id, outputs: encode(registration.outputs) as Record<string, unknown> };
  }

  /** Records the outputs of a component or of the stack. */
  registerOutputs(urn: string, outputs: Record<string, unknown>): void {
    const registration = this.byUrn.get(urn);
    if (registration === undefined) throw new UserError(`outputs for ${urn}, which is not registered`);
    const decoded = decode(outputs) as Record<string, unknown>;
    registration.outputs = decoded;
    if (registration.type === stackType) this.outputs = decoded;
  }

  /** Refuses a function call: functions need a provider. */
  invoke(token: string): never {
    throw new UserError(
      `the program calls ${token}, a function of a provider; baas does not run providers. ` +
        `Use the Pulumi CLI, or pass the value as configuration`,
    );
  }

  private newUrn(parent: string | undefined, type: string, name: string): string {
    if (parent !== undefined && !this.byUrn.has(parent))
      throw new UserError(`could not find parent resource ${parent}`);
    const urn = createUrn(this.context.stack, this.context.project, parent, type, name);
    if (this.byUrn.has(urn)) throw new UserError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    return urn;
  }

  private add(registration: Registration): void {
    this.registrations.push(registration);
    this.byUrn.set(registration.urn, registration);
  }

  // The SDK does this too; the engine does it for parents of which only the URN is known.
  private inherit({ parent, type, options }: Registration): void {
    const from = parent === undefined ? undefined : this.byUrn.get(parent)?.options;
    if (from === undefined) return;
    if (options.protect === undefined && from.protect !== undefined) options.protect = from.protect;
    if (options.retainOnDelete === undefined && from.retainOnDelete !== undefined) {
      options.retainOnDelete = from.retainOnDelete;
    }
    if (options.deletedWith === undefined && from.deletedWith !== undefined) options.deletedWith = from.deletedWith;
    const ofSamePackage =
      from.provider !== undefined && parseUrn(from.provider).type === `pulumi:providers:${type.split(":")[0]}`;
    if (options.provider === undefined && ofSamePackage) options.provider = from.provider;
  }

  /** URNs that follow from a resource's aliases and from those of its parent, as the engine combines them. */
  private aliases({ urn, type, name, parent }: Registration, specs: readonly AliasSpec[]): string[] {
    const own = specs.map((spec) => this.aliasUrn(spec, type, name, parent));
    const parentName = parent === undefined ? "" : parseUrn(parent).name;
    const inherited = (parent === undefined ? [] : (this.byUrn.get(parent)?.options.aliases ?? [])).flatMap((alias) =>
      [urn, ...own].map((former) => {
        const child = parseUrn(former);
        // A child named after its parent was named after the parent's former name.
        const childName = child.name.startsWith(parentName)
          ? parseUrn(alias).name + child.name.slice(parentName.length)
          : child.name;
        const { stack, project } = parseUrn(alias);
        return createUrn(stack, project, alias, child.type, childName);
      }),
    );
    return [...new Set([...own, ...inherited])].filter((alias) => alias !== urn).sort(compareText);
  }

  private aliasUrn(spec: AliasSpec, type: string, name: string, parent: string | undefined): string {
    if (spec.urn !== undefined) return spec.urn;
    const { project, stack } = this.context;
    const formerParent = spec.noParent === true ? undefined : (spec.parent ?? parent);
    return createUrn(spec.stack ?? stack, spec.project ?? project, formerParent, spec.type ?? type, spec.name ?? name);
  }
}

/** The stack that a reference names: `stack`, `organization/stack` or `organization/project/stack`. */
function referencedStack(reference: string, project: string): string {
  const parts = reference.split("/");
  const stack = parts.at(-1) as string;
  const [organization, otherProject] = parts.length === 1 ? ["organization", project] : [parts[0], parts[1]];
  if (parts.length > 3 || stack === "") throw new UserError(`"${reference}" is not the name of a stack`);
  if (organization !== "organization") {
    throw new UserError(
      `stack reference "${reference}": without the Pulumi CLI, the organization is called "organization"`,
    );
  }
  if (parts.length === 3 && otherProject !== project) {
    throw new UserError(
      `stack reference "${reference}": without the Pulumi CLI, only stacks of the project "${project}" can be read`,
    );
  }
  return stack;
}

/** The Kubernetes provider treats the data of every Secret as secret, marked or not. */
function markKubernetesSecret(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (!/^kubernetes:core\/v1:Secret(Patch)?$/.test(type)) return inputs;
  const wrap = (leaf: unknown, path: Path): unknown =>
    isSecretData("Secret", path) && !(leaf instanceof Secret) ? new Secret(leaf) : leaf;
  return mapLeaves(inputs, wrap) as Record<string, unknown>;
}
