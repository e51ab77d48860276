/** A program's registrations as a text to keep in the repository, so that a pull request shows its effect. */
import { compareText } from "../../../model/plainData";
import { parseUrn, stackType } from "../../../model/pulumi/urn";
import { canonicalYaml } from "../../common/canonical";
import { builtImages } from "../declared/builtImages";
import type { ProgramResult, Registration } from "../declared/registration";
import { mapLeaves, mask } from "../declared/values";

/**
 * All registrations as YAML, sorted by URN, the same in every clone: secrets and unknown values are masked, paths are
 * relative to the project. It leaves out what the SDKs add: versions of providers, former types of their resources, and
 * dependencies of single values.
 *
 * The tags of the images that the stack builds are written as `<content>`: they are hashes of the build contexts, and an edit
 * there should not change this text.
 */
export function goldenText(result: ProgramResult): string {
  const { projectDir } = result;
  const tags = builtImages(result).map(
    ({ reference }) => [reference, reference.replace(/:[^:/]+$/, ":<content>")] as const,
  );
  const portable = (leaf: unknown): unknown =>
    typeof leaf !== "string"
      ? leaf
      : tags
          .reduce((text, [reference, shown]) => text.replaceAll(reference, shown), leaf)
          .replaceAll(`${projectDir}/`, "")
          .replaceAll(projectDir, ".");
  const sorted = [...result.registrations].sort((a, b) => compareText(a.urn, b.urn));
  const resources = Object.fromEntries(sorted.map((registration) => [registration.urn, shown(registration)]));
  return canonicalYaml(mapLeaves(mask(resources), portable));
}

function shown({ urn, parent, custom, inputs, outputs, options, read }: Registration): Record<string, unknown> {
  const { version: _version, propertyDependencies: _properties, aliases = [], ...kept } = options;
  const former = custom ? aliases.filter((alias) => withoutType(alias) !== withoutType(urn)) : aliases;
  const isRoot = parent === undefined || parseUrn(parent).type === stackType;
  const entries = {
    ...(!isRoot && { parent }),
    ...(read !== undefined && { read }),
    inputs,
    // Only outputs of components and of the stack come from the program; all others come from providers.
    ...(!custom && outputs !== undefined && { outputs }),
    aliases: former,
    ...kept,
  };
  const isEmpty = (value: unknown): boolean =>
    value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => !isEmpty(value)));
}

/** A URN without the resource's own type: the SDKs of providers list the types that a resource had in the past. */
function withoutType(urn: string): string {
  const { stack, project, qualifiedType, type, name } = parseUrn(urn);
  return [stack, project, qualifiedType.slice(0, -type.length), name].join("::");
}
