/** What keeps a channel from becoming as its spec says, until somebody decides. */
import { type Consenter, isFabricError } from "@baas/fabric";

import type { ChannelConsenter } from "../../../model/customResources/channel";
import { failing, Halt } from "./reconciler";
import type { Channel } from "./resources";

/** An orderer whose key is another than the channel knows. */
export function keyChanged({ name }: ChannelConsenter): Halt {
  return new Halt(
    failing(
      "ConsenterKeyChanged",
      `Orderer ${name} has another TLS key than the channel's configuration: its volume was lost, and with it its Raft log. ` +
        "Restore its volume from a backup that is younger than its last new keys.",
    ),
  );
}

/** Refuses to change a configuration that has more than the spec names: what it would remove cannot be brought back. */
export function checkStrangers({ spec }: Channel, members: readonly string[], consenters: readonly Consenter[]): void {
  const wantedMembers = spec.organizations.map(({ name }) => name);
  const wantedConsenters = spec.ordering.consenters.map(({ address }) => address);
  const extra = [
    ...members.filter((name) => !wantedMembers.includes(name)).map((name) => `organization ${name}`),
    ...consenters
      .map(({ host, port }) => `${host}:${port}`)
      .filter((address) => !wantedConsenters.includes(address))
      .map((address) => `orderer ${address}`),
  ];
  if (extra.length === 0) return;
  throw new Halt(
    failing(
      "RemovalNotSupported",
      `The channel has ${extra.join(", ")}, which the spec does not name. Removing is not supported yet: put it into the ` +
        "stack file, or take it out of the channel's configuration with Fabric's own tools. Until then, the configuration stays as it " +
        "is; orderers and peers join all the same.",
    ),
  );
}

/** What it means that a channel's new batch is refused, by the library or by an orderer. */
export function batchRefused(error: unknown): unknown {
  if (!isFabricError(error, "INVALID_ARGUMENT", "REJECTED")) return error;
  return new Halt(
    failing(
      "BatchRefused",
      `The orderers take no such batch: ${error.reason}. Correct batch in the stack file. Until then, blocks are cut as before, and ` +
        "the rest of the spec is brought about all the same.",
    ),
  );
}
