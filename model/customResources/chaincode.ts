import { immutable, keyedList, object, string, type Definition } from "./definition";

/** `spec` of a Chaincode: the definition that the channel's organizations approve, and its package. */
export interface ChaincodeSpec {
  /** Name of the Channel object in this namespace. */
  channel: string;
  name: string;
  version: string;
  /** Signature policy, or path of a channel policy. */
  endorsementPolicy: string;
  initRequired: boolean;
  /** Where it is installed: on all peers of the channel. One more makes the object unready until it has it. */
  organizations: { name: string; peers: string[] }[];
  /** The package that every organization installs; the ID follows from the other fields. */
  package: {
    /** `label:sha256`. */
    id: string;
    label: string;
    /** Address of the chaincode server, a template over the peer's organization. */
    address: string;
  };
}

/** The custom resource for a chaincode definition. Deleting it drops management only. */
export const chaincodeDefinition: Definition = {
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
      initRequired: { type: "boolean", description: "Whether Init must be called first." },
      organizations: keyedList(
        "Where it is installed: on all peers of the channel.",
        "name",
        object("A member of the channel.", {
          name: string("Short name of the organization."),
          peers: {
            type: "array",
            description: "Names of its peers.",
            items: string("Name of a peer."),
            minItems: 1,
            maxItems: 64,
            "x-kubernetes-list-type": "set",
          },
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
};
