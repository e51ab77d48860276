/** Who calls: a token in a header or, for clients that cannot set one, in the path. Tokens are never logged, nor kept: only their hashes are. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

import type { TokenSettings } from "../settings";

/** Who calls. */
export interface Caller {
  /** Name of the token; absent where anyone may call. */
  token?: string;
  /** Hash of the token: another one may have its name later. */
  hash?: Buffer;
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
    const [token, hash] = (shown !== undefined && this.counting(shown)) || [];
    if (token !== undefined) return { token, hash: hash!, address, key: `token ${token}` };
    return {
      status: 401,
      message: "a token is expected that counts here: in the header Authorization, after Bearer, or as the path",
    };
  }

  /** Whether a caller who was let in would be again. */
  stillCounts({ token, hash }: Caller): boolean {
    if (this.hashes === undefined) return token === undefined;
    return this.hashes.some(([name, known]) => name === token && known.equals(hash!));
  }

  /** The token's name and hash. Looks at all of them, however early one fits. */
  private counting(shown: string): [name: string, hash: Buffer] | undefined {
    const hash = createHash("sha256").update(shown).digest();
    let found: [string, Buffer] | undefined;
    for (const each of this.hashes!) if (timingSafeEqual(hash, each[1])) found = each;
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
