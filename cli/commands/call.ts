/** `baas call` and `baas tx`: call a function of a chaincode, and look a transaction up, as a client outside the cluster. */
import { isClientError, readBlock } from "../../client/src/index";
import { baas } from "../../model/baasCommand";
import { loadStack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { escapeControls } from "../common/controlCharacters";
import { findProject } from "../common/project";
import { type CallGiven, chooseChaincode, type NetworkClient, networkClient } from "../connection/networkClient";
import { withGateway } from "../connection/networkWithGateway";

interface GivenCall extends CallGiven {
  stack: string;
  function: string;
  args: string[];
  evaluate?: boolean;
  json?: boolean;
}

interface GivenTransaction extends CallGiven {
  stack: string;
  txid: string;
  json?: boolean;
}

/** Calls a function. Its result goes to standard output, what became of the transaction to standard error. */
export async function call(given: GivenCall, signal: AbortSignal): Promise<number> {
  const { stack, function: name, args, evaluate, json } = given;
  return withClient(given, signal, async ({ client, channel, network }) => {
    const chaincode = chooseChaincode(network, channel, given.chaincode);
    const options = { channel, chaincode, signal };
    if (evaluate) {
      const result = await client.evaluate(name, args, options);
      process.stdout.write(json ? line({ channel, chaincode, function: name, ...resultOf(result) }) : shown(result));
      return;
    }
    const { txID, blockNumber, result } = await client.submit(name, args, options);
    if (json) {
      const place = { txID, blockNumber: String(blockNumber) };
      process.stdout.write(line({ channel, chaincode, function: name, ...place, ...resultOf(result) }));
      return;
    }
    process.stderr.write(`committed in block ${blockNumber}: ${baas("tx", stack, txID)}\n`);
    process.stdout.write(shown(result));
  });
}

/** Says what the ledger has of a transaction. */
export async function transaction(given: GivenTransaction, signal: AbortSignal): Promise<number> {
  const { txid: txID, json } = given;
  if (!/^[0-9a-f]{64}$/.test(txID))
    throw new UserError(`"${txID}" is not a transaction's ID, which is 64 hexadecimal digits in lower case`);
  return withClient(given, signal, async ({ client, channel }) => {
    const bytes = await client
      .evaluate("GetBlockByTxID", [channel, txID], { channel, chaincode: "qscc", signal })
      .catch((error: unknown) => {
        if (!/no such|not found/i.test(String(error))) throw error;
        throw new UserError(
          `channel "${channel}" has no transaction ${txID}. It may still be committed if it was sent a moment ago\n` +
            "  -> Compare the ID, or name another channel: --channel",
        );
      });
    const found = readBlock(bytes).transactions.find((each) => each.txID === txID)!;
    const { isValid, creator, chaincode, function: name, time, type, blockNumber, validationCode } = found;
    if (json) return void process.stdout.write(line({ channel, ...found }));
    const fields: [string, string | undefined][] = [
      ["transaction", txID],
      ["status", isValid ? "committed" : "invalid: nothing was written"],
      ["validation code", validationCode],
      ["channel", channel],
      ["block", blockNumber],
      ["time", time],
      ["creator", creator && [creator.mspId, creator.subject].filter(Boolean).join(", ")],
      ["type", type],
      ["chaincode", chaincode],
      ["function", name],
    ];
    const known = fields.filter(([, value]) => value !== undefined);
    // Clients of the network choose some of them.
    const lines = known.map(([field, value]) => `${`${field}:`.padEnd(17)}${escapeControls(value!)}\n`);
    process.stdout.write(lines.join(""));
  });
}

/** Works with a connected client, and closes it. Failures of calls become messages with a remedy. */
async function withClient(
  given: CallGiven & { stack: string },
  signal: AbortSignal,
  work: (connected: NetworkClient & { network: ReturnType<typeof withGateway> }) => Promise<void>,
): Promise<number> {
  const projectDir = findProject();
  const network = withGateway(projectDir, loadStack(projectDir, given.stack));
  const connected = await networkClient(projectDir, network, given);
  try {
    await work({ ...connected, network });
    return 0;
  } catch (error) {
    throw signal.aborted ? new UserError("interrupted") : explained(error, given.stack);
  } finally {
    connected.client.close();
  }
}

function explained(error: unknown, stack: string): unknown {
  if (!isClientError(error)) return error;
  const { txID, isOutcomeUnknown, code } = error;
  if (isOutcomeUnknown && txID !== undefined)
    return new UserError(`${error.message}\n  -> It may be committed, now or later: ask ${baas("tx", stack, txID)}`);
  if (code !== "UNAVAILABLE") return new UserError(error.message);
  return new UserError(
    `${error.message}\n  -> See whether the network runs. If its gateway has another address now, write the files again: ${baas("connection", stack)}`,
  );
}

/** A result as text, or as Base64 where it is none. */
function resultOf(result: Uint8Array): { result: string } | { resultBase64: string } {
  const text = Buffer.from(result).toString("utf8");
  return Buffer.from(text).equals(Buffer.from(result))
    ? { result: text }
    : { resultBase64: Buffer.from(result).toString("base64") };
}

/** Bytes as they are; a terminal, which would act on some of them, gets a text. */
function shown(result: Uint8Array): Uint8Array | string {
  if (result.length === 0 || !process.stdout.isTTY) return result;
  return `${escapeControls(Object.values(resultOf(result))[0]!)}\n`;
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
