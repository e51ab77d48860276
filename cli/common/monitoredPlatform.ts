/** The platform of a stack, for commands about its monitoring. */
import { loadStack, platformStackName, type Stack } from "../../model/project/stacks";
import type { MonitoringConfig } from "../../model/stackFile/monitoringSchema";
import { UserError } from "../../model/userError";

/** A stack, its platform, and the monitoring of that. */
export interface MonitoredPlatform {
  stack: Stack;
  /** Name of the platform's stack; the stack's own if it is a platform. */
  platformName: string;
  /** Namespace of the platform. */
  namespace: string;
  monitoring: MonitoringConfig;
}

/**
 * Finds them.
 *
 * @param name - name of a network's stack, or of a platform's
 * @throws {@link UserError} when there is no such stack, or its platform has no monitoring
 */
export function monitoredPlatform(projectDir: string, name: string): MonitoredPlatform {
  const stack = loadStack(projectDir, name);
  const { environment } =
    stack.kind === "network" ? stack.network : stack.kind === "ethereum" ? stack.ethereum : stack.platform;
  const platformName = stack.kind === "platform" ? name : platformStackName(environment);
  const platform = stack.kind === "platform" ? stack : loadStack(projectDir, platformName);
  if (platform.kind !== "platform" || platform.platform.monitoring === undefined) {
    throw new UserError(
      `the platform of ${name} has no monitoring: write "monitoring: {}" in the file of ${platformName}`,
    );
  }
  const { namespace, monitoring } = platform.platform;
  return { stack, platformName, namespace, monitoring };
}
