/** What blockchain_client.yaml says: every setting, its form and its default. */
import { isIP } from "node:net";

import { z } from "zod";

import { ClientError } from "../errors.ts";
import { duration } from "./duration.ts";

const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, "is not host:port, such as peer0.org1.example.com:7051");
/** gRPC tries several addresses in order if they are alike. */
function areOfOneFamily(addresses: readonly string[]): boolean {
  const families = addresses.map((address) => isIP(address.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")));
  return addresses.length === 1 || families.every((family) => family !== 0 && family === families[0]);
}

const someText = z.string().min(1, "is empty");
const oneOrMore = <T extends z.ZodType>(each: T) => z.union([each, z.array(each).min(1, "lists nothing")]);
const count = z.number().int("is not a whole number").min(1, "is less than 1");

const keyPair = z.strictObject({
  certificate: someText.describe("File with the certificate (PEM), or a folder with one such file."),
  privateKey: someText.describe(
    "File with the private key (PEM), or a folder with such files: the one that belongs to the certificate is taken.",
  ),
});

const timeouts = z
  .strictObject({
    evaluate: duration.default(30_000).describe("For one peer to evaluate."),
    endorse: duration.default(30_000).describe("For one peer to collect endorsements."),
    submit: duration.default(10_000).describe("For one peer to have a transaction ordered."),
    commitStatus: duration
      .default(10_000)
      .describe("For one peer to report a transaction as committed. Then another peer is asked, and it is sent again."),
    total: duration.default(120_000).describe("For a call as a whole, with all its tries and its time in the queue."),
  })
  .prefault({});

const backOff = z
  .strictObject({
    shortest: duration.default(100).describe("Before the first further try. Each one after that waits twice as long."),
    longest: duration.default(5000).describe("Before any further try."),
  })
  .prefault({});

/** The schema of blockchain_client.yaml. Paths are relative to the file. */
export const configurationSchema = z.strictObject({
  mspId: someText.describe("Membership service provider ID of the organization, such as Org1MSP."),
  channel: someText.describe("Channel of calls that name none."),
  chaincode: someText.optional().describe("Chaincode of calls that name none."),
  peers: z
    .array(hostAndPort)
    .min(1, "lists no peer")
    .describe("Gateway peers of the organization, host:port. Calls are spread over them."),
  gateway: z
    .union([
      hostAndPort,
      z.array(hostAndPort).min(1, "lists nothing").refine(areOfOneFamily, "are not IP addresses of one family"),
    ])
    .optional()
    .describe(
      "Address to connect to in place of the peers' own, for a gateway that routes TLS by server name. Several are tried in order.",
    ),
  tlsRoots: oneOrMore(someText).describe("Files with the root certificates (PEM) of the peers' TLS certificates."),
  identity: keyPair.optional().describe("Who calls. Not needed where a signer is passed to connect."),
  tlsIdentity: keyPair.optional().describe("Certificate for peers that ask clients for one (mutual TLS)."),
  endorsingOrganizations: z
    .array(someText)
    .min(1, "lists no organization")
    .optional()
    .describe("MSP IDs of the organizations that endorse. Without it, the peers choose by the endorsement policy."),
  discovery: z
    .boolean()
    .default(false)
    .describe(
      "Whether to follow the organization's peers by Fabric's discovery: new ones are called, removed ones not.",
    ),
  refreshInterval: duration
    .default(10_000)
    .describe("How often this file, the files that it names, and the organization's peers are looked at again."),
  timeouts,
  backOff,
  maxInFlight: count.default(500).describe("Calls at a time. Further ones wait for their turn."),
  maxQueued: z
    .number()
    .int("is not a whole number")
    .min(0, "is negative")
    .default(10_000)
    .describe("Calls that wait at most. Further ones fail at once with OVERLOADED."),
});

/** The settings of blockchain_client.yaml, as one writes them. */
export type ConfigurationInput = z.input<typeof configurationSchema>;

/** The settings with their defaults; durations in milliseconds. */
export type Configuration = z.output<typeof configurationSchema>;

/** The longest times for the parts of a call, in milliseconds. */
export interface Timeouts {
  /** For one peer to evaluate. */
  evaluate: number;
  /** For one peer to collect endorsements. */
  endorse: number;
  /** For one peer to have a transaction ordered. */
  submit: number;
  /** For one peer to report a transaction as committed. */
  commitStatus: number;
  /** For a call as a whole, with all its tries and its time in the queue. */
  total: number;
}

/** How long to wait between tries, in milliseconds. */
export type BackOff = Configuration["backOff"];

/**
 * Checks settings and fills in the defaults.
 *
 * @param value - what was read
 * @param source - its name in messages, such as blockchain_client.yaml
 * @throws {@link ClientError} `INVALID_CONFIGURATION` that lists every mistake with its place
 */
export function parseConfiguration(value: unknown, source: string): Configuration {
  const parsed = configurationSchema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap(linesOf);
  throw invalidConfiguration(`${source} has ${lines.length === 1 ? "a mistake" : `${lines.length} mistakes`}`, lines);
}

/**
 * A mistake in the configuration.
 *
 * @internal
 */
export function invalidConfiguration(what: string, lines: readonly string[], cause?: unknown): ClientError {
  const reason = [what, ...lines.map((line) => `\n  ${line}`)].join("");
  return new ClientError({ code: "INVALID_CONFIGURATION", stage: "configuration", reason, cause });
}

function linesOf(issue: z.core.$ZodIssue): string[] {
  const place = placeOf(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map(
        (key) => `${placeOf([...issue.path, key])}: there is no such setting; ${known(issue.path)}`,
      );
    case "invalid_type":
      if (issue.input === undefined) return [`${place}: is missing; ${meaning(issue.path)}`];
      return [`${place}: ${shown(issue.input)} is not ${typeNames[issue.expected] ?? issue.expected}`];
    case "invalid_union": {
      const alternative = issue.errors.find((errors) => errors[0]?.code !== "invalid_type") ?? issue.errors[0]!;
      const within = alternative.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
      return issue.input === undefined ? [`${place}: is missing; ${meaning(issue.path)}`] : within.flatMap(linesOf);
    }
    default:
      return [`${place}: ${issue.input === undefined ? "" : `${shown(issue.input)} `}${issue.message}`];
  }
}

const typeNames: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  array: "a list",
  boolean: "true or false",
  object: "a group of settings",
};

function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return place.replace(/^\./, "") || "the file";
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The settings that there are at a place. */
function known(path: readonly PropertyKey[]): string {
  const shape = shapeAt(path);
  return shape === undefined ? "remove it" : `there are ${Object.keys(shape).join(", ")}`;
}

function meaning(path: readonly PropertyKey[]): string {
  const described = shapeAt(path.slice(0, -1))?.[String(path.at(-1))]?.description ?? "a group of settings";
  return described.replace(/\.$/, "");
}

function shapeAt(path: readonly PropertyKey[]): Record<string, z.ZodType> | undefined {
  let shape: Record<string, z.ZodType> | undefined = configurationSchema.shape;
  for (const part of path) {
    let type = shape?.[String(part)] as any;
    while (type?.unwrap !== undefined && type.shape === undefined) type = type.unwrap();
    shape = type?.shape;
  }
  return shape;
}
