/** Who calls: a token in a header or, for clients that cannot set one, in the path. Tokens are never logged, nor kept: only their hashes are. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

import type { TokenSettings } from "../settings";

/** Who calls. */
export interface Caller {
  /** Name of the token; absent where anyone may call. */
  token?: string;
  address: string;
  /** What its calls are counted by. */
  key: string;
}

/** Why somebody may not call. */
export interface Stranger {
  status: 401 | 404;
  message: string;
}

const token = "[A-Za-z0-9_-]{32,128}";
const inPath = new RegExp(`^/(${token})/?$`);
const inHeader = new RegExp(`^Bearer (${token})$`, "i");

/** Compares tokens with the hashes of those that count. */
export class Access {
  private readonly hashes: [name: string, hash: Buffer][] | undefined;

  /** @param tokens - without any, anyone may call */
  constructor(tokens: TokenSettings | undefined) {
    this.hashes = tokens?.map(({ name, sha256 }) => [name, Buffer.from(sha256, "hex")]);
  }

  /** @param address - of the client */
  callerOf({ url = "/", headers }: Pick<IncomingMessage, "url" | "headers">, address: string): Caller | Stranger {
    if (this.hashes === undefined) {
      return url === "/" ? { address, key: keyOf(address) } : { status: 404, message: "there is nothing but /" };
    }
    const shown = inHeader.exec(headers.authorization ?? "")?.[1] ?? inPath.exec(url)?.[1];
    const name = shown === undefined ? undefined : this.nameOf(shown);
    if (name !== undefined) return { token: name, address, key: `token ${name}` };
    return {
      status: 401,
      message: "a token is expected that counts here: in the header Authorization, after Bearer, or as the path",
    };
  }

  /** Whether a caller who was let in would be again. */
  stillCounts({ token }: Caller): boolean {
    return this.hashes === undefined ? token === undefined : this.hashes.some(([name]) => name === token);
  }

  /** Looks at all of them, however early one fits. */
  private nameOf(shown: string): string | undefined {
    const hash = createHash("sha256").update(shown).digest();
    let found: string | undefined;
    for (const [name, known] of this.hashes!) if (timingSafeEqual(hash, known)) found = name;
    return found;
  }
}

/** Who has an IPv6 address has the 64 bits behind it too. */
function keyOf(address: string): string {
  if (!address.includes(":") || /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address)) return address.replace(/^::ffff:/i, "");
  const [head = "", tail = ""] = address.split("::");
  const [before, after] = [head, tail].map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = address.includes("::") ? Array.from({ length: 8 - before!.length - after!.length }, () => "0") : [];
  return `${[...before!, ...zeros, ...after!].slice(0, 4).join(":")}::`;
}
