/** What is answered without asking a node. Codes: JSON-RPC 2.0, and EIP-1474. */

/** ID of a call. */
export type Id = string | number | null;

/** `error` of an answer. */
export interface RpcError {
  code: number;
  message: string;
}

const error =
  (code: number) =>
  (message: string): RpcError => ({ code, message });

/** Not JSON. */
export const unreadable = error(-32700);
/** JSON that is no call. */
export const noCall = error(-32600);
/** A call whose parameters are not let through. */
export const badParameters = error(-32602);
/** More than a client may take. */
export const tooMuch = error(-32005);
/** A node did not answer. */
export const noAnswer = error(-32603);

/** The words of geth: by them ethers and others know that they must do without a method. */
export function notOffered(method: string): RpcError {
  const name = /^\w{1,60}$/.test(method) ? method : "of this name";
  return error(-32601)(`the method ${name} does not exist/is not available`);
}

/** An answer with an error. */
export function errorAnswer(id: Id, error: RpcError): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

/** An answer with a result. */
export function resultAnswer(id: Id, result: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}
