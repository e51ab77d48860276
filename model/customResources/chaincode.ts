/** Chaincode: what the organizations of a channel approve, and what their peers install. */
import type { Definition, SpecOf } from "./definition";
import { boolean, immutable, keyedList, object, set, string } from "./schema";

/** The custom resource for a chaincode definition. Deleting it only ends its management. */
export const chaincodeDefinition = {
  kind: "Chaincode",
  plural: "chaincodes",
  shortNames: ["cc"],
  description: "A chaincode on a channel. Ready: installed, approved and committed as the spec says.",
  spec: object(
    "The chaincode.",
    {
      channel: string("Name of the Channel in this namespace."),
      name: string("Chaincode name.", { pattern: "^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$" }),
      version: string("Chaincode version.", { pattern: "^[A-Za-z0-9_.+-]+$", maxLength: 63 }),
      endorsementPolicy: string("Signature policy, or path of a channel policy.", { maxLength: 4096 }),
      initRequired: boolean("Whether Init must be called first."),
      // A new peer makes the object unready until the chaincode is installed on it.
      organizations: keyedList(
        "Where it is installed: on all peers of the channel.",
        "name",
        object("A member of the channel.", {
          name: string("Short name of the organization."),
          peers: set("Names of its peers.", string("Name of a peer."), 64, 1),
        }),
        64,
      ),
      package: object("The package that every organization installs.", {
        id: string("Label, colon and SHA-256 of the package.", { pattern: "^.+:[0-9a-f]{64}$", maxLength: 320 }),
        label: string("Label of the package."),
        address: string("Host and port of the chaincode server, a template over the peer's organization."),
      }),
    },
    { validations: [immutable("channel"), immutable("name")] },
  ),
  columns: [
    { name: "Channel", jsonPath: ".spec.channel" },
    { name: "Version", jsonPath: ".spec.version" },
  ],
} satisfies Definition;

/** `spec` of a Chaincode: the definition that the channel's organizations approve, and its package. */
export type ChaincodeSpec = SpecOf<typeof chaincodeDefinition>;
