/** What the contract says about itself. The session asks it directly: no peer is needed, and a change shows at once. */
import { common, msp, peer } from "@hyperledger/fabric-protos";

import type { ContractFunction, JsonSchema } from "../protocol";
import { ContractStream } from "./contractStream";
import { message, Type } from "./messages";

/** Functions and schemas of a contract. */
export interface Metadata {
  functions: ContractFunction[];
  schemas: Record<string, JsonSchema>;
}

/**
 * Asks a contract.
 *
 * @param port - of the contract on the loopback
 * @param signal - ends the wait; a contract at a breakpoint answers nothing
 */
export async function readMetadata(port: number, signal: AbortSignal): Promise<Metadata> {
  const answer = Promise.withResolvers<Uint8Array>();
  answer.promise.catch(() => undefined);
  const said = (each: peer.ChaincodeMessage): void => {
    const payload = each.getPayload_asU8();
    if (each.getType() === Type.ERROR) return answer.reject(new Error(Buffer.from(payload).toString()));
    if (each.getType() !== Type.COMPLETED) return answer.reject(new Error("it reads the ledger to describe itself"));
    const response = peer.Response.deserializeBinary(payload);
    if (response.getStatus() === 200) return answer.resolve(response.getPayload_asU8());
    answer.reject(new Error(response.getMessage()));
  };
  signal.addEventListener("abort", () =>
    answer.reject(new Error("it does not answer; does it stand at a breakpoint?")),
  );
  const opening = ContractStream.open(port, new Uint8Array(), {
    said,
    lost: (reason) => answer.reject(new Error(reason)),
  });
  opening.then(
    (contract) => contract.send(question()),
    (error: unknown) => answer.reject(error),
  );
  try {
    return parseMetadata(Buffer.from(await answer.promise).toString());
  } finally {
    opening.then(
      (contract) => contract.close(),
      () => undefined,
    );
  }
}

/** A call as the contract's library expects one; nobody has signed it. */
function question(): peer.ChaincodeMessage {
  const input = new peer.ChaincodeInput();
  input.setArgsList([Buffer.from("org.hyperledger.fabric:GetMetadata")]);
  const asked = message(Type.TRANSACTION, { payload: input.serializeBinary(), txID: "metadata", channel: "studio" });
  const creator = new msp.SerializedIdentity();
  creator.setMspid("Studio");
  creator.setIdBytes(Buffer.from(placeholder));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(creator.serializeBinary());
  signatureHeader.setNonce(Buffer.from("metadata"));
  const channelHeader = new common.ChannelHeader();
  channelHeader.setChannelId("studio");
  channelHeader.setTxId("metadata");
  const header = new common.Header();
  header.setSignatureHeader(signatureHeader.serializeBinary());
  header.setChannelHeader(channelHeader.serializeBinary());
  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(input.serializeBinary());
  proposal.setPayload(payload.serializeBinary());
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(proposal.serializeBinary());
  asked.setProposal(signed);
  return asked;
}

// The contract's library parses the caller's certificate. This one is of nobody: its key was thrown away.
const placeholder = `-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUQ2drAoT9PsQzcTpljd5NencNgoMwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyODE3MDgwMVoYDzIxMjYxMTA0MTcw
ODAxWjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASzUVsPbfxnVI4VaWSJncA24AJHS5myizcRBunTJIh5dHN3yjhlbOzYtFBFCsyW
DRFnuDX9WcxIt6U+IgbP3x+qo1MwUTAdBgNVHQ4EFgQUfjZqpzRfvgxGm+4g1vWy
X+XM68EwHwYDVR0jBBgwFoAUfjZqpzRfvgxGm+4g1vWyX+XM68EwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiB8t0EJ8E+rUju9rfvcrFXiLiPKeqgS
DSBHOtQUtDsZowIgYnjIdV25YNQrcnn/AJe7ZkdBSFbEGkPPHbUPIN7w7k8=
-----END CERTIFICATE-----`;

/**
 * Reads the JSON of Fabric's contract API.
 *
 * @throws Error if it is none
 */
export function parseMetadata(text: string): Metadata {
  const value = JSON.parse(text);
  const contracts = Object.values<any>(value?.contracts ?? {}).filter(({ name }) => name !== "org.hyperledger.fabric");
  const functions = contracts.flatMap((contract) => {
    const isDefault = contracts.length === 1 || contract.default === true || contract.info?.default === true;
    return (contract.transactions ?? []).map((each: any) => toFunction(each, isDefault ? "" : `${contract.name}:`));
  });
  return { functions, schemas: value?.components?.schemas ?? {} };
}

function toFunction({ name, tag, parameters, returns }: any, prefix: string): ContractFunction {
  const tags: string[] = [tag ?? []].flat();
  const writes = tags.some((each) => /^submit/i.test(each)) || (tags.length > 0 ? false : undefined);
  return {
    name: prefix + name,
    ...(writes !== undefined && { writes }),
    parameters: (parameters ?? []).map((each: any) => ({ name: each.name, schema: each.schema ?? {} })),
    ...(returns !== undefined && { returns }),
  };
}
