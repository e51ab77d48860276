/**
 * The endorsement policy language of Hyperledger Fabric: `AND(...)`, `OR(...)`, `OutOf(n, ...)` over principals
 * `'MSPID.role'`, and references to channel policies such as `/Channel/Application/Endorsement`.
 *
 * Source of the language: Hyperledger Fabric documentation, "Endorsement policies", section "Endorsement policy syntax".
 */

/** The policy of a chaincode whose definition names none: a policy of the channel, usually a majority of its members. */
export const defaultEndorsementPolicy = "/Channel/Application/Endorsement";

/** Roles that a principal may name. */
export const roles = ["member", "admin", "client", "peer", "orderer"] as const;
/** Role of a principal, as Fabric's NodeOUs define them. */
export type Role = (typeof roles)[number];

/** A signature policy: a principal, or `n` of several rules. */
export type SignaturePolicy =
  { type: "principal"; mspId: string; role: Role } | { type: "outOf"; n: number; rules: SignaturePolicy[] };

/** An endorsement policy: a signature policy, or a reference to a policy in the channel's configuration. */
export type EndorsementPolicy = { type: "reference"; path: string } | SignaturePolicy;

/** Longest text of a policy, in characters: it names some thousand principals. */
const longestPolicy = 20_000;

/** Most operators in each other. */
const deepestPolicy = 50;

/**
 * Parses an endorsement policy of 20,000 characters at most, with 50 operators in each other at most.
 *
 * @param source - policy text, such as `AND('Org1MSP.peer', OR('Org2MSP.peer', 'Org3MSP.admin'))`
 * @returns the policy, or `error`: one sentence that says where and what was expected
 */
export function parseEndorsementPolicy(source: string): EndorsementPolicy | { error: string } {
  if (source.length > longestPolicy) {
    return { error: `the policy has ${source.length} characters; ${longestPolicy} are allowed: name fewer principals` };
  }
  const trimmed = source.trim();
  if (trimmed.startsWith("/")) {
    return /^(\/[A-Za-z0-9._-]+)+$/.test(trimmed)
      ? { type: "reference", path: trimmed }
      : {
          error: `"${clipped(trimmed)}" is not the path of a channel policy, such as /Channel/Application/Endorsement`,
        };
  }
  try {
    const parser = new Parser(source);
    const policy = parser.rule();
    parser.end();
    return policy;
  } catch (error) {
    if (error instanceof PolicySyntaxError) return { error: error.message };
    throw error;
  }
}

/**
 * MSP IDs that a policy names, sorted, each once. A reference names none.
 */
export function mspIdsOf(policy: EndorsementPolicy): string[] {
  const found = new Set<string>();
  const visit = (rule: EndorsementPolicy): void => {
    if (rule.type === "principal") found.add(rule.mspId);
    if (rule.type === "outOf") rule.rules.forEach(visit);
  };
  visit(policy);
  return [...found].sort();
}

/**
 * Whether a policy is satisfied when every peer endorses. Counts as Fabric does: each endorsement once, for the first
 * principal that it fits, rules in their order. A reference counts as satisfied.
 *
 * @param peers - number of peers by MSP ID
 */
export function canEndorse(policy: EndorsementPolicy, peers: ReadonlyMap<string, number>): boolean {
  // The endorsements of each organization that a rule leaves; undefined if the rule is not satisfied.
  const evaluate = (
    rule: SignaturePolicy,
    left: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, number> | undefined => {
    if (rule.type === "principal") {
      const available = left.get(rule.mspId) ?? 0;
      const fits = rule.role === "peer" || rule.role === "member";
      return fits && available > 0 ? new Map(left).set(rule.mspId, available - 1) : undefined;
    }
    let held = 0;
    for (const each of rule.rules) {
      const after = evaluate(each, left);
      if (after === undefined) continue;
      held += 1;
      left = after;
    }
    return held >= rule.n ? left : undefined;
  };
  return policy.type === "reference" || evaluate(policy, peers) !== undefined;
}

/** Writes a policy as Fabric's tools print it; parsing the text gives an equal policy. */
export function formatEndorsementPolicy(policy: EndorsementPolicy): string {
  switch (policy.type) {
    case "reference":
      return policy.path;
    case "principal":
      return `'${policy.mspId}.${policy.role}'`;
    case "outOf":
      return `OutOf(${[policy.n, ...policy.rules.map(formatEndorsementPolicy)].join(", ")})`;
  }
}

/** What a message repeats of a text. */
function clipped(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

class PolicySyntaxError extends Error {}

/** Recursive descent over the policy text; `position` is the index of the next unread character. */
class Parser {
  private position = 0;
  /** Operators around the next rule. */
  private depth = 0;

  constructor(private readonly source: string) {}

  rule(): SignaturePolicy {
    this.skipSpace();
    const quote = this.source[this.position];
    return quote === "'" || quote === '"' ? this.principal(quote) : this.operator();
  }

  end(): void {
    this.skipSpace();
    if (this.position < this.source.length) this.fail("expected the end of the policy");
  }

  private operator(): SignaturePolicy {
    const word = this.match(/[A-Za-z]+/y)?.toLowerCase();
    if (word !== "and" && word !== "or" && word !== "outof") {
      this.position -= word?.length ?? 0;
      this.fail("expected AND(, OR(, OutOf( or a principal such as 'Org1MSP.peer'");
    }
    this.expect("(");
    if (++this.depth > deepestPolicy) this.fail(`more than ${deepestPolicy} operators in each other; write fewer`);
    let n: number | undefined;
    const start = this.position;
    if (word === "outof") {
      this.skipSpace();
      const digits = this.match(/[0-9]+/y);
      if (digits === undefined) this.fail("expected how many of the rules must hold");
      n = Number(digits);
      this.expect(",");
    }
    const rules = [this.rule()];
    while (this.accept(",")) rules.push(this.rule());
    this.expect(")");
    this.depth -= 1;
    n ??= word === "and" ? rules.length : 1;
    if (n < 1 || n > rules.length) {
      this.position = start;
      this.fail(`${n} of ${rules.length} rules cannot hold`);
    }
    return { type: "outOf", n, rules };
  }

  private principal(quote: string): SignaturePolicy {
    const start = this.position;
    const close = this.source.indexOf(quote, start + 1);
    if (close < 0) this.fail(`expected a closing ${quote}`);
    const content = this.source.slice(start + 1, close);
    const dot = content.lastIndexOf(".");
    const role = content.slice(dot + 1);
    if (dot < 1 || !/^[A-Za-z0-9._-]+$/.test(content.slice(0, dot))) this.fail("expected 'MSPID.role'");
    if (!(roles as readonly string[]).includes(role))
      this.fail(`"${clipped(role)}" is not a role (${roles.join(", ")})`);
    this.position = close + 1;
    return { type: "principal", mspId: content.slice(0, dot), role: role as Role };
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.source)?.[0];
    this.position += found?.length ?? 0;
    return found;
  }

  private accept(character: string): boolean {
    this.skipSpace();
    if (this.source[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.accept(character)) this.fail(`expected "${character}"`);
  }

  private skipSpace(): void {
    this.match(/\s*/y);
  }

  private fail(expectation: string): never {
    const rest = this.source.slice(this.position, this.position + 20);
    const place = rest === "" ? "at its end" : `at "${rest}" (character ${this.position + 1})`;
    throw new PolicySyntaxError(`the policy does not parse ${place}: ${expectation}`);
  }
}
