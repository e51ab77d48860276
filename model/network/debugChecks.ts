/** Rules of debug peers that span fields. Pure functions over plain data. */
import { debugPeerId } from "../contracts/debugging";
import { type Finding, unknownName } from "../stackFile/findings";
import type { NetworkConfig } from "../stackFile/schema";

/**
 * Checks the debug peers of a network.
 *
 * @param root - path of the network in its file, such as `baas:network`
 */
export function checkDebugging(root: string, { organizations, gateway }: NetworkConfig): Finding[] {
  return organizations.flatMap(({ debug, clients }, i) => {
    if (debug === undefined) return [];
    const path = `${root}.organizations[${i}].debug`;
    const unreachable = `developers reach ${debugPeerId} peers through the gateway: give the network a gateway`;
    return [
      ...(gateway === undefined ? [{ path, message: unreachable }] : []),
      ...debug.developers.flatMap((name, j) =>
        clients.includes(name) ? [] : [unknownName(`${path}.developers[${j}]`, "client", name, clients)],
      ),
    ];
  });
}
