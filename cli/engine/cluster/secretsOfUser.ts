/** Looks in a cluster for Secrets that a platform needs of its user. */
import { missingSecrets, neededSecrets } from "../../../model/platform/neededSecrets";
import { loadStack } from "../../../model/project/stacks";
import { formatFinding } from "../../../model/stackFile/findings";
import type { ProgramResult } from "../declared/registration";
import { connect, type Connection, contextsOf } from "./clusterConnection";

/**
 * Warns of Secrets that are not there, with the place in the stack file and the remedy. Says nothing where nobody can look.
 *
 * @param given - the program of any stack
 */
export async function secretWarnings(
  { api, discovery }: Pick<Connection, "api" | "discovery">,
  result: ProgramResult,
): Promise<string[]> {
  const stack = platformOf(result);
  if (stack === undefined) return [];
  const { platform, file } = stack;
  const there = new Map<string, string[] | undefined>();
  for (const secret of neededSecrets(platform)) {
    try {
      const found = await api.get(discovery.get("v1", "Secret"), platform.namespace, secret);
      there.set(secret, found && Object.keys(found.data ?? {}));
    } catch {
      // Whoever may not read Secrets is not told of them.
    }
  }
  return missingSecrets(`${result.project}:platform`, platform, there).map(
    (finding) => `${file}:\n${formatFinding(finding)}`,
  );
}

/** The stack of a program that declares a platform. */
function platformOf({ registrations, projectDir, stack: name }: ProgramResult) {
  if (!registrations.some(({ type }) => type === "baas:index:Platform")) return undefined;
  const stack = loadStack(projectDir, name);
  return stack.kind === "platform" ? stack : undefined;
}

/** How long a preview looks for the cluster, in milliseconds: it needs none. */
const patience = 5000;

/** The same for a preview, which says nothing where the cluster does not answer. */
export async function previewedSecretWarnings(result: ProgramResult): Promise<string[]> {
  const stack = platformOf(result);
  const [context, ...more] = contextsOf(result);
  if (stack === undefined || context === undefined || more.length > 0) return [];
  if (neededSecrets(stack.platform).length === 0) return [];
  try {
    const connection = await connect(context, AbortSignal.timeout(patience));
    try {
      return await secretWarnings(connection, result);
    } finally {
      connection.close();
    }
  } catch {
    return [];
  }
}
