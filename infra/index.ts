/**
 * The Pulumi program. A stack is either the platform of an environment or one network, depending on its configuration.
 */
import { dirname } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { stackConfiguration } from "../model/files/stackConfiguration";
import { checkStack, type Stack, stackFile } from "../model/project/stacks";
import { ConfigurationError, formatFinding } from "../model/stackFile/findings";
import { hintsForCli } from "./cliHints";
import { networkProgram } from "./network";
import { platformProgram } from "./platform";
import { runError } from "./runError";

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
    throw runError(error.message);
  }
}

export = async (): Promise<Record<string, unknown>> => {
  const stack = configuredStack();
  for (const warning of stack.warnings) {
    await pulumi.log.warn(`${stackFile(stack.name)}:\n${formatFinding(warning)}`);
  }
  await hintsForCli(stack);
  return stack.kind === "platform" ? platformProgram(stack, projectDir) : networkProgram(stack, projectDir);
};
