/**
 * What a chaincode says about its functions, where it is written with Fabric's contract API. Calls are checked by it before
 * anything is sent.
 */
import { type BlockchainClient, isClientError } from "@baas/client";

import { Problem } from "../http/problem";

/** A parameter of a function. */
export interface Parameter {
  name: string;
  /** A JSON Schema. */
  schema: { type?: string; [keyword: string]: unknown };
}

/** A function of a chaincode. */
export interface FunctionMetadata {
  name: string;
  /** Whether it writes; unknown where the chaincode does not say so. */
  writes?: boolean;
  parameters: Parameter[];
  returns?: unknown;
}

/** The functions of a chaincode. */
export interface ChaincodeMetadata {
  /** Whether the chaincode describes itself. */
  isKnown: boolean;
  functions: FunctionMetadata[];
}

const metadataFunction = "org.hyperledger.fabric:GetMetadata";

/** Milliseconds for which metadata is taken from memory. */
const maxAge = 60_000;
/** Milliseconds after which a function that is not known is looked for again: the chaincode may have a new version. */
const minAge = 1000;

interface Entry {
  at: number;
  metadata: Promise<ChaincodeMetadata>;
}

/** Metadata of all chaincodes. */
export class MetadataCache {
  private readonly entries = new Map<string, Entry>();

  /** The metadata of a chaincode. */
  of(client: BlockchainClient, channel: string, chaincode: string, oldest = maxAge): Promise<ChaincodeMetadata> {
    const key = JSON.stringify([channel, chaincode]);
    const known = this.entries.get(key);
    if (known && Date.now() - known.at < oldest) return known.metadata;
    const metadata = readMetadata(client, channel, chaincode);
    this.entries.set(key, { at: Date.now(), metadata });
    // What failed is asked for again at the next call.
    metadata.catch(() => this.entries.delete(key));
    return metadata;
  }

  /**
   * Refuses a call that the chaincode cannot understand.
   *
   * @throws Problem that names the function or the argument
   */
  async check(client: BlockchainClient, call: NamedCall): Promise<void> {
    const { channel, chaincode } = call;
    const known = await this.of(client, channel, chaincode);
    if (!known.isKnown) return;
    const named = (each: FunctionMetadata): boolean => each.name === call.function;
    if (known.functions.some(named)) return checkArguments(known.functions.find(named)!, call);
    const renewed = await this.of(client, channel, chaincode, minAge);
    const found = renewed.functions.find(named);
    if (found) return checkArguments(found, call);
    const names = renewed.functions.map(({ name }) => name).join(", ");
    throw invalid(`Chaincode ${chaincode} has no function "${call.function}". There are: ${names}.`);
  }
}

/** A call to check. */
interface NamedCall {
  channel: string;
  chaincode: string;
  function: string;
  arguments: readonly (string | { base64: string })[];
}

async function readMetadata(client: BlockchainClient, channel: string, chaincode: string): Promise<ChaincodeMetadata> {
  let text: string;
  try {
    text = String(await client.evaluate(metadataFunction, [], { channel, chaincode }));
  } catch (error) {
    // A chaincode that is not written with the contract API does not know the function.
    if (isClientError(error) && error.code === "CHAINCODE") return { isKnown: false, functions: [] };
    throw error;
  }
  return parseMetadata(text);
}

/** Reads the JSON of Fabric's contract API. */
export function parseMetadata(text: string): ChaincodeMetadata {
  let value: any;
  try {
    value = JSON.parse(text);
  } catch {
    return { isKnown: false, functions: [] };
  }
  const contracts = Object.values<any>(value?.contracts ?? {}).filter(({ name }) => name !== "org.hyperledger.fabric");
  const functions = contracts.flatMap((contract) => {
    const list: FunctionMetadata[] = (contract.transactions ?? []).map(toFunction);
    const qualified = list.map((each) => ({ ...each, name: `${contract.name}:${each.name}` }));
    const isDefault = contracts.length === 1 || contract.default === true || contract.info?.default === true;
    return isDefault ? [...list, ...qualified] : qualified;
  });
  return { isKnown: functions.length > 0, functions };
}

function toFunction({ name, tag, parameters, returns }: any): FunctionMetadata {
  const tags: string[] = [tag ?? []].flat();
  const writes = tags.some((each) => /^submit/i.test(each)) || (tags.length > 0 ? false : undefined);
  return {
    name,
    ...(writes !== undefined && { writes }),
    parameters: (parameters ?? []).map(({ name, schema }: any) => ({ name, schema: schema ?? {} })),
    ...(returns !== undefined && { returns }),
  };
}

function checkArguments({ name, parameters }: FunctionMetadata, { arguments: values }: NamedCall): void {
  if (values.length !== parameters.length) {
    const names = parameters.length === 0 ? "none" : parameters.map((each) => each.name).join(", ");
    throw invalid(`${name} takes ${parameters.length} arguments (${names}), not ${values.length}.`);
  }
  parameters.forEach(({ name: parameter, schema }, i) => {
    const value = values[i]!;
    if (typeof value !== "string" || schema.type === undefined || schema.type === "string") return;
    if (hasType(value, schema.type)) return;
    throw invalid(
      `${name}: argument ${i + 1} (${parameter}) is ${shown(value)}, but should be of type ${schema.type}.`,
    );
  });
}

/** Whether a text is a JSON value of a type. */
function hasType(text: string, type: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "number":
    case "boolean":
      return typeof value === type;
    default:
      return true;
  }
}

function shown(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

function invalid(detail: string): Problem {
  return new Problem(400, "INVALID_ARGUMENT", detail);
}
