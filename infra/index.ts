/**
 * The Pulumi program. A stack is the platform of an environment or one network, of Fabric or of Ethereum, depending on its configuration.
 */
import { dirname } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { stackFileIn } from "../model/files/projectFolder";
import { stackConfiguration } from "../model/files/stackConfiguration";
import { checkStack, type Stack } from "../model/project/stacks";
import { formatFinding } from "../model/stackFile/findings";
import { hintsForCli, notesForCli } from "./cliHints";
import { ethereumProgram } from "./ethereum";
import { networkProgram } from "./network";
import { platformProgram } from "./platform";
import { asRunError } from "./runError";
import { hintsOfSecrets } from "./secretHints";

const projectDir = dirname(__dirname);

function configuredStack(): Stack {
  try {
    // As texts: the SDK's own parser has errors that name neither place nor remedy.
    const [stack, texts] = [pulumi.getStack(), pulumi.runtime.allConfig()];
    const configuration = stackConfiguration(pulumi.getProject(), stack, texts, stackFileIn(projectDir, stack));
    return checkStack(projectDir, configuration);
  } catch (error) {
    throw asRunError(error);
  }
}

export = async (): Promise<Record<string, unknown>> => {
  await notesForCli(projectDir);
  const stack = configuredStack();
  for (const warning of stack.warnings) {
    await pulumi.log.warn(`${stack.file}:\n${formatFinding(warning)}`);
  }
  await hintsForCli(stack);
  await hintsOfSecrets(stack);
  switch (stack.kind) {
    case "platform":
      return platformProgram(stack, projectDir);
    case "ethereum":
      return ethereumProgram(stack, projectDir);
    case "network":
      return networkProgram(stack, projectDir);
  }
};
