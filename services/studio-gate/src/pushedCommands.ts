/** What a push asks for: the beginning of a request of git's protocol, in lines that say how long they are (pkt-lines). */

/** A change of a ref. */
export interface PushedCommand {
  ref: string;
  isDeletion: boolean;
}

/** The commands of a push, and what the client can do. */
export interface PushedCommands {
  commands: PushedCommand[];
  capabilities: string[];
}

/** Longest beginning of a push, in bytes, and most commands. */
export const mostCommandBytes = 64 * 1024;
const mostCommands = 100;

/** The request is none that may be passed on. */
export class NoPush extends Error {}

const objectId = "(?:[0-9a-f]{40}|[0-9a-f]{64})";
const commandPattern = new RegExp(`^(${objectId}) (${objectId}) ([^\\x00\\n ]+)\\n?$`);
const shallowPattern = new RegExp(`^shallow ${objectId}\\n?$`);

/**
 * Reads the commands.
 *
 * @returns undefined if there is more to come
 * @throws {@link NoPush} when it is something else
 */
export function readCommands(bytes: Buffer): PushedCommands | undefined {
  const commands: PushedCommand[] = [];
  let capabilities: string[] | undefined;
  for (let at = 0; at + 4 <= bytes.length;) {
    const text = bytes.toString("latin1", at, at + 4);
    const length = /^[0-9a-fA-F]{4}$/.test(text) ? parseInt(text, 16) : NaN;
    if (length === 0) return { commands, capabilities: capabilities ?? [] };
    if (!(length > 4)) throw new NoPush("this is no push");
    if (at + length > bytes.length) break;
    const line = bytes.toString("utf8", at + 4, at + length);
    at += length;
    if (shallowPattern.test(line)) continue;
    const end = line.indexOf("\0");
    if (end >= 0 && capabilities !== undefined) throw new NoPush("this is no push");
    const command = commandPattern.exec(end < 0 ? line : line.slice(0, end));
    if (command === null || commands.length >= mostCommands) throw new NoPush("this is no push that is passed on");
    capabilities ??=
      end < 0
        ? []
        : line
            .slice(end + 1)
            .trim()
            .split(" ");
    commands.push({ ref: command[3]!, isDeletion: /^0+$/.test(command[2]!) });
  }
  if (bytes.length > mostCommandBytes) throw new NoPush("this push has too many commands");
  return undefined;
}

const known =
  /^(report-status(-v2)?|side-band-64k|quiet|atomic|ofs-delta|delete-refs|(agent|session-id|object-format)=.*)?$/;

/**
 * Why a push is not passed on.
 *
 * @param branches - start of the branches that may be pushed to, such as `studio/alice/`
 */
export function refusalOf({ commands, capabilities }: PushedCommands, branches: string): string | undefined {
  // Options of a push can have a server merge it.
  const other = capabilities.find((each) => !known.test(each));
  if (other !== undefined) return `pushes with "${other}" are not passed on`;
  const start = `refs/heads/${branches}`;
  const isOwn = ({ ref }: PushedCommand): boolean =>
    ref.startsWith(start) && /^[\w.+-]+(\/[\w.+-]+)*$/.test(ref.slice(start.length)) && !ref.includes("..");
  return commands.every(isOwn) ? undefined : `this session pushes to ${start}* alone`;
}

const line = (text: string): string => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, "0")}${text}`;

/** What a server of git would answer that refuses all of a push: the client shows it for each ref. */
export function refusedReport({ commands, capabilities }: PushedCommands, reason: string): string {
  const refused = commands.map(({ ref }) => line(`ng ${ref} ${reason}\n`));
  const report = [line("unpack ok\n"), ...refused, "0000"].join("");
  return capabilities.includes("side-band-64k") ? `${line(`\x01${report}`)}0000` : report;
}
