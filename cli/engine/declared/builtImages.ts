/** The images of a program that Docker builds. */
import { resolve } from "node:path";

import { compareText, isPlainObject } from "../../../model/plainData";
import { UserError } from "../../../model/userError";
import type { ProgramResult } from "./registration";
import { dockerImageType } from "./resourceTypes";
import { isUnknown, reveal } from "./values";

/** An image to build, and to push unless told otherwise. */
export interface BuiltImage {
  /** URN of the resource that declares it. */
  urn: string;
  /** Name with registry and tag. */
  reference: string;
  /** Folder of the build context, absolute. */
  context: string;
  /** Path of the Dockerfile, absolute. */
  dockerfile: string;
  /** Build arguments. */
  args: Record<string, string>;
  target?: string;
  platform?: string;
  skipPush: boolean;
}

/**
 * The images that a program builds, sorted by reference.
 *
 * @throws {@link UserError} naming a resource whose name or build is not known before apply
 */
export function builtImages({ registrations, workingDir }: ProgramResult): BuiltImage[] {
  return registrations
    .filter(({ type }) => type === dockerImageType)
    .map(({ urn, name, inputs }) => {
      const { imageName, build, skipPush } = inputs;
      if (isUnknown(imageName) || typeof imageName !== "string") {
        throw new UserError(`"${name}" (${dockerImageType}): imageName is not known before apply`);
      }
      if (build !== undefined && !isPlainObject(build)) {
        throw new UserError(`"${name}" (${dockerImageType}): build is not known before apply`);
      }
      const { context = ".", dockerfile, args, target, platform } = (reveal(build) ?? {}) as Record<string, any>;
      const folder = resolve(workingDir, context);
      return {
        urn,
        reference: imageName,
        context: folder,
        dockerfile: dockerfile === undefined ? resolve(folder, "Dockerfile") : resolve(workingDir, dockerfile),
        args: (args ?? {}) as Record<string, string>,
        ...(target !== undefined && { target: String(target) }),
        ...(platform !== undefined && { platform: String(platform) }),
        skipPush: skipPush === true,
      };
    })
    .sort((a, b) => compareText(a.reference, b.reference));
}
