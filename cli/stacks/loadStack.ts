/** A stack as its program sees it, without running that program. */
import { readProject, readStackConfig } from "../../model/project/project";
import { readStack, type Stack } from "../../model/project/stacks";

/**
 * Reads and checks a stack's file.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws {@link UserError} when there is no such stack, its file cannot be read, or it has mistakes (a ConfigurationError)
 */
export function loadStack(projectDir: string, name: string): Stack {
  const { values } = readStackConfig(readProject(projectDir), name);
  return readStack(projectDir, name, {
    network: parsed(values["baas:network"]),
    platform: parsed(values["baas:platform"]),
  });
}

function parsed(value: string | undefined): unknown {
  if (value === undefined || value === "") return undefined;
  try {
    return JSON.parse(value);
  } catch {
    // A scalar, which the checks refuse.
    return value;
  }
}
