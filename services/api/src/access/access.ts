/** Who calls, and what they may do. */
import type { FastifyRequest } from "fastify";

import type { Log } from "../../../common/log";
import { Problem } from "../http/problem";
import type { AccessSettings, Role } from "../settings";
import { Certificates } from "./certificates";
import { handedOnCertificate } from "./handedOnCertificate";
import { Tokens } from "./tokens";

/** Who has made a request. */
export interface Caller {
  /** Unlike that of any other caller: by which kind of proof, and the name in it. */
  name: string;
  roles: string[];
}

/** What a role allows. */
export type Action = "evaluate" | "submit" | "read";

/** What a call is about. */
interface CallTarget {
  channel: string;
  chaincode: string;
  function: string;
  identity?: string;
}

/** Decides by the settings. */
export class Access {
  private readonly tokens: Tokens | undefined;
  private readonly certificates: Certificates | undefined;

  /**
   * @param identities - names of the client identities; the first one is the default
   */
  constructor(
    private readonly settings: AccessSettings,
    private readonly identities: readonly string[],
    log: Log,
  ) {
    this.tokens = settings.tokens && new Tokens(settings.tokens);
    this.certificates = settings.certificates && new Certificates(settings.certificates, log);
  }

  /**
   * Finds out who calls.
   *
   * @throws Problem 401 if nobody says so in a way that counts
   */
  async authenticate(request: FastifyRequest): Promise<Caller> {
    const { anyone } = this.settings;
    const certificate = this.certificates && handedOnCertificate(request);
    if (certificate !== undefined) return this.withMembership(await this.certificates!.check(certificate), []);
    const { authorization } = request.headers;
    if (authorization !== undefined && this.tokens) {
      const { name, roles } = await this.tokens.check(authorization);
      return this.withMembership(name, roles);
    }
    if (anyone) return { name: "anyone", roles: Object.keys(this.settings.roles) };
    throw new Problem(401, "UNAUTHENTICATED", this.howTo());
  }

  /**
   * Refuses a call that the caller may not make.
   *
   * @returns the client identity that it acts as
   */
  authorizeCall(request: FastifyRequest, action: "evaluate" | "submit", target: CallTarget): string {
    const { channel, chaincode, function: functionName, identity } = target;
    Object.assign(request.audit, { action, channel, chaincode, function: functionName });
    const what = `${action} ${functionName} of chaincode ${chaincode} on channel ${channel}`;
    const roles = this.rolesThat(request, what, (role) =>
      [
        role.actions.includes(action),
        matches(role.channels, channel),
        matches(role.chaincodes, chaincode),
        matches(role.functions, functionName),
      ].every(Boolean),
    );
    return this.identityFor(request, roles, identity);
  }

  /** Refuses to read what the caller may not read. Without a chaincode, it is the ledger of all of the channel's chaincodes. */
  authorizeRead(request: FastifyRequest, { channel, chaincode }: { channel: string; chaincode?: string }): string {
    Object.assign(request.audit, { action: "read", channel, ...(chaincode !== undefined && { chaincode }) });
    const what = `read ${chaincode === undefined ? "" : `chaincode ${chaincode} on `}channel ${channel}`;
    const roles = this.rolesThat(
      request,
      what,
      (role) =>
        role.actions.includes("read") &&
        matches(role.channels, channel) &&
        (chaincode === undefined ? role.chaincodes.includes("*") : matches(role.chaincodes, chaincode)),
    );
    return this.identityFor(request, roles, undefined);
  }

  private rolesThat({ caller }: FastifyRequest, what: string, allows: (role: Role) => boolean): Role[] {
    const roles = caller.roles.flatMap((name) => this.settings.roles[name] ?? []).filter(allows);
    if (roles.length > 0) return roles;
    const own = caller.roles.length === 0 ? "you have no role" : `your roles are ${caller.roles.join(", ")}`;
    throw new Problem(403, "FORBIDDEN", `You may not ${what}: ${own}.`);
  }

  private identityFor({ audit }: FastifyRequest, roles: readonly Role[], wanted: string | undefined): string {
    const allowed = [...new Set(roles.flatMap(({ identities }) => identities ?? this.identities.slice(0, 1)))];
    const identity = wanted ?? allowed[0]!;
    audit.identity = identity;
    if (allowed.includes(identity)) return identity;
    throw new Problem(403, "FORBIDDEN", `You may not act as "${wanted}". You may act as ${allowed.join(", ")}.`);
  }

  private withMembership(name: string, claimed: readonly string[]): Caller {
    const member = Object.entries(this.settings.roles).filter(([, { members }]) => members.includes(name));
    const roles = [
      ...claimed.filter((role) => Object.hasOwn(this.settings.roles, role)),
      ...member.map(([role]) => role),
    ];
    return { name, roles: [...new Set(roles)] };
  }

  private howTo(): string {
    const ways = [
      ...(this.tokens ? ["send a token in the header Authorization: Bearer"] : []),
      ...(this.certificates ? ["connect with a client certificate to mtls-api.<domain>"] : []),
    ];
    return `Say who you are: ${ways.join(", or ")}.`;
  }
}

/** Whether a name is one of a list, whose entries may end with a star. */
function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}
