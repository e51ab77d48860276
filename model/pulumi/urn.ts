/** Uniform resource names, as the Pulumi engine forms them. */

/** The parts of a URN. */
export interface UrnParts {
  stack: string;
  project: string;
  /** Type of the resource after those of its ancestors, joined by `$`. */
  qualifiedType: string;
  /** Type of the resource. */
  type: string;
  name: string;
}

/** Type of the resource that every stack has as its root. */
export const stackType = "pulumi:pulumi:Stack";

/**
 * The URN of a resource. The types of its ancestors are part of it, the stack's own excepted.
 *
 * @param parent - URN of the parent, if it has one
 */
export function createUrn(
  stack: string,
  project: string,
  parent: string | undefined,
  type: string,
  name: string,
): string {
  const ancestors = parent === undefined ? stackType : parseUrn(parent).qualifiedType;
  const qualifiedType = ancestors === stackType ? type : `${ancestors}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualifiedType}::${name}`;
}

/** Takes a URN apart. The name may itself contain `::`. */
export function parseUrn(urn: string): UrnParts {
  const [stack, project, qualifiedType, ...name] = urn.replace(/^urn:pulumi:/, "").split("::");
  if (!urn.startsWith("urn:pulumi:") || qualifiedType === undefined || name.length === 0) {
    throw new Error(`"${urn}" is not a URN`);
  }
  const type = qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1);
  return { stack: stack!, project: project!, qualifiedType, type, name: name.join("::") };
}
