/**
 * Chaincode definitions: what the organizations of a channel agree on.
 *
 * Source: Fabric documentation, "Fabric chaincode lifecycle"; fabric-protos, peer/lifecycle/lifecycle.proto.
 */
import { peer } from "@hyperledger/fabric-protos";

import { defaultEndorsementPolicy, formatEndorsementPolicy } from "../endorsementPolicy";
import { FabricError } from "../errors";
import { fromApplicationPolicy, toApplicationPolicy } from "../signaturePolicy";
import { type Collection, collectionsEqual, fromCollections, toCollections } from "./collections";

/** A chaincode definition without its sequence. */
export interface ChaincodeDefinition {
  /** Name by which clients call the chaincode. */
  name: string;
  /** Version, any text; it says nothing about which definition is newer. */
  version: string;
  /** Signature policy, or path of a channel policy. Default: `/Channel/Application/Endorsement`. */
  endorsementPolicy?: string;
  /** Whether `Init` must be called before anything else. Default: false. */
  initRequired?: boolean;
  /** Private data collections. */
  collections?: Collection[];
  /** Endorsement plugin of the peers. Default: `escc`, Fabric's own. */
  endorsementPlugin?: string;
  /** Validation plugin of the peers. Default: `vscc`, Fabric's own. */
  validationPlugin?: string;
}

/**
 * A definition as the ledger has it. An endorsement policy that Fabric's language of policies cannot say, as other tools and
 * validation plugins may have written it, is the text `unreadable: ` with the reason, and equals no other.
 */
export interface CommittedDefinition extends Required<ChaincodeDefinition> {
  /** 1 for the first definition of the name, and one more for each that follows. */
  sequence: number;
  /** MSP IDs of the channel's members, and whether each has approved this definition. */
  approvals: Record<string, boolean>;
}

/** A definition as an organization has approved it. */
export interface ApprovedDefinition extends Required<ChaincodeDefinition> {
  sequence: number;
  /** ID of the package that the organization's peers run; none if it approved without one. */
  packageId?: string;
}

/** Start of an endorsement policy that is not in the language of policies; see {@link CommittedDefinition}. */
const unreadable = "unreadable: ";

/** Whether two definitions agree in everything, as peers compare them; the sequence does not count. */
export function definitionsEqual(a: ChaincodeDefinition, b: ChaincodeDefinition): boolean {
  const policy = (d: ChaincodeDefinition) => d.endorsementPolicy ?? defaultEndorsementPolicy;
  if ([a, b].some((one) => policy(one).startsWith(unreadable))) return false;
  const policyBytes = (d: ChaincodeDefinition) => Buffer.from(toApplicationPolicy(policy(d)));
  return (
    a.name === b.name &&
    a.version === b.version &&
    (a.initRequired ?? false) === (b.initRequired ?? false) &&
    (a.endorsementPlugin ?? "escc") === (b.endorsementPlugin ?? "escc") &&
    (a.validationPlugin ?? "vscc") === (b.validationPlugin ?? "vscc") &&
    policyBytes(a).equals(policyBytes(b)) &&
    collectionsEqual(a.collections ?? [], b.collections ?? [])
  );
}

/**
 * Sequence that a wanted definition has, from what is committed: that of the committed definition if it is equal,
 * else the next one.
 */
export function sequenceOf(wanted: ChaincodeDefinition, committed: CommittedDefinition | undefined): number {
  if (committed === undefined) return 1;
  return definitionsEqual(wanted, committed) ? committed.sequence : committed.sequence + 1;
}

/** The messages of the lifecycle that hold a definition. */
interface DefinitionMessage {
  getVersion(): string;
  getEndorsementPlugin(): string;
  getValidationPlugin(): string;
  getValidationParameter_asU8(): Uint8Array;
  getInitRequired(): boolean;
  getCollections(): peer.CollectionConfigPackage | undefined;
}

interface DefinitionArguments {
  setName(value: string): void;
  setSequence(value: number): void;
  setVersion(value: string): void;
  setEndorsementPlugin(value: string): void;
  setValidationPlugin(value: string): void;
  setValidationParameter(value: Uint8Array): void;
  setInitRequired(value: boolean): void;
  setCollections(value?: peer.CollectionConfigPackage): void;
}

/** Writes a definition into the arguments of a lifecycle function. */
export function fill<T extends DefinitionArguments>(message: T, definition: ChaincodeDefinition, sequence: number): T {
  message.setName(definition.name);
  message.setSequence(sequence);
  message.setVersion(definition.version);
  message.setEndorsementPlugin(definition.endorsementPlugin ?? "escc");
  message.setValidationPlugin(definition.validationPlugin ?? "vscc");
  message.setValidationParameter(toApplicationPolicy(definition.endorsementPolicy ?? defaultEndorsementPolicy));
  message.setInitRequired(definition.initRequired ?? false);
  if ((definition.collections ?? []).length > 0) message.setCollections(toCollections(definition.collections!));
  return message;
}

/** Reads the definition in an answer of the lifecycle. */
export function readDefinition(name: string, message: DefinitionMessage): Required<ChaincodeDefinition> {
  return {
    name,
    version: message.getVersion(),
    endorsementPolicy: readPolicy(message.getValidationParameter_asU8()),
    initRequired: message.getInitRequired(),
    collections: fromCollections(message.getCollections()),
    endorsementPlugin: message.getEndorsementPlugin(),
    validationPlugin: message.getValidationPlugin(),
  };
}

function readPolicy(bytes: Uint8Array): string {
  try {
    return formatEndorsementPolicy(fromApplicationPolicy(bytes));
  } catch (error) {
    return `${unreadable}${error instanceof FabricError ? error.reason : "it is no endorsement policy"}`;
  }
}
