/** Finds a HAProxy for tests. */
import { ensurePackages } from "../../local-cluster/debianPackages";
import { LocalError } from "../../local-cluster/localError";
import { progressTo } from "../../local-cluster/progress";
import { tryRun } from "../../local-cluster/run";

/** HAProxy, and the environment that it needs. */
export interface HaproxyProgram {
  path: string;
  env: NodeJS.ProcessEnv;
}

/** HAProxy for tests: the one of the variable HAPROXY_BIN, or the distribution's; or the reason why there is none. */
export async function findHaproxy(): Promise<HaproxyProgram | string> {
  if (process.env.HAPROXY_BIN) return { path: process.env.HAPROXY_BIN, env: process.env };
  const elsewhere = "HAProxy is fetched on Debian and Ubuntu only: set HAPROXY_BIN";
  const { code } = await tryRun("apt-get", ["--version"]).catch(() => ({ code: 1 }));
  if (code !== 0) return elsewhere;
  try {
    const quiet = progressTo(() => undefined);
    const packages = await ensurePackages(["haproxy"], quiet);
    return { path: packages.program("haproxy"), env: packages.env };
  } catch (error) {
    if (error instanceof LocalError) return `${error.problem} ${elsewhere}`;
    throw error;
  }
}
