/** `baas studio`: sessions in which chaincode is written in a browser. */
import { studioPaths, type StudioState } from "../../model/contracts/studio";
import type { StudioSessionPlan } from "../../model/network/networkPlan";
import { loadStack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { findProject } from "../common/project";
import { developerOf } from "../connection/developer";
import { connectionFolder } from "../connection/networkClient";
import { withGateway } from "../connection/networkWithGateway";
import { askGate } from "../studio/gateClient";
import { chooseSession, sessionsOf } from "../studio/sessions";

interface Given {
  network: string;
  session?: string;
  client?: string;
  connection?: string;
  json?: boolean;
}

/** Starts a session, and prints a link that signs a browser in once. */
export async function open(given: Given, signal: AbortSignal): Promise<number> {
  const { sessions, port, ask } = studio(given);
  const chosen = chooseSession(sessions, given.session);
  const { link, state } = await ask(chosen, "link", signal);
  const url = `https://${chosen.host}:${port}${studioPaths.enter}#${link}`;
  if (given.json) process.stdout.write(`${JSON.stringify({ url, state })}\n`);
  else {
    process.stderr.write("Open this in a browser within five minutes; it works once:\n");
    process.stdout.write(`${url}\n`);
    if (state.until !== undefined) process.stderr.write(`The session ends at ${state.until} at the latest.\n`);
  }
  return 0;
}

/** Ends a session. What was written stays on its volume. */
export async function close(given: Given, signal: AbortSignal): Promise<number> {
  const { sessions, ask } = studio(given);
  const chosen = chooseSession(sessions, given.session);
  await ask(chosen, "close", signal);
  process.stderr.write(`session ${chosen.session} is closed; its files stay\n`);
  return 0;
}

/** Lists the sessions, and what goes on in those that are the caller's. */
export async function list(given: Given, signal: AbortSignal): Promise<number> {
  const { sessions, ask } = studio(given);
  const listed = await Promise.all(
    sessions.map(async (session) => {
      const { session: name, host, organization, developer, chaincode } = session;
      const fields = {
        name,
        host,
        organization: organization.name,
        developer: developer.id,
        chaincode: chaincode.name,
      };
      try {
        return { ...fields, state: (await ask(session, "state", signal)).state };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { ...fields, reason: error.message };
      }
    }),
  );
  if (given.json) process.stdout.write(`${JSON.stringify(listed)}\n`);
  else {
    const lines = listed.map((each) => {
      const what = "state" in each ? inWords(each.state!) : each.reason;
      return `${each.name}: ${each.chaincode} of ${each.organization}, for ${each.developer}: ${what}\n`;
    });
    process.stdout.write(lines.join(""));
  }
  return 0;
}

function inWords({ isOpen, since, until, windows, isCalled }: StudioState): string {
  if (!isOpen) return "closed";
  const called = isCalled ? "the debug peer calls it" : "the debug peer does not call it";
  return `open since ${since}, until ${until} at the latest; ${windows} connections of windows; ${called}`;
}

function studio(given: Given) {
  const projectDir = findProject();
  const stack = loadStack(projectDir, given.network);
  const network = withGateway(projectDir, stack);
  const folder = connectionFolder(projectDir, network, given.connection);
  const ask = (session: StudioSessionPlan, action: "link" | "close" | "state", signal: AbortSignal) =>
    askGate(session.host, action, developerOf(network, folder, session.organization, given.client), signal);
  return { sessions: sessionsOf(network, stack.file), port: network.gateway.port, ask };
}
