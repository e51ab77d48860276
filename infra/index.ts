/**
 * The Pulumi program. A stack is either the platform of an environment or one network, depending on its configuration.
 */
import { dirname } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { stackConfiguration } from "../model/files/stackConfiguration";
import { checkStack, type Stack, stackFile } from "../model/project/stacks";
import { ConfigurationError, formatFinding } from "../model/stackFile/findings";
import { networkProgram } from "./network";
import { platformProgram } from "./platform";

const projectDir = dirname(__dirname);

function configuredStack(): Stack {
  const config = new pulumi.Config();
  try {
    const keys = Object.keys(pulumi.runtime.allConfig());
    const value = (key: string): unknown => config.getObject(key);
    const configuration = stackConfiguration(pulumi.getProject(), pulumi.getStack(), keys, value);
    return checkStack(projectDir, configuration);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // A RunError is shown as its message alone. Its stack trace is removed because nobody sees it, and because formatting it
    // takes half a minute on some versions of Node.
    throw Object.assign(new pulumi.RunError(error.message), { stack: undefined });
  }
}

export = async (): Promise<Record<string, unknown>> => {
  const stack = configuredStack();
  for (const warning of stack.warnings) {
    await pulumi.log.warn(`${stackFile(stack.name)}:\n${formatFinding(warning)}`);
  }
  return stack.kind === "platform" ? platformProgram(stack, projectDir) : networkProgram(stack, projectDir);
};
