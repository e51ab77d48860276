/** Rules of an Ethereum network's gateway that span fields, or that its environment makes. */
import { furtherMethods, usualMethods, whyNeverOffered } from "../contracts/jsonRpc";
import { didYouMean } from "../didYouMean";
import { inQuotes } from "../messageText";
import type { EthereumGatewayConfig } from "../stackFile/ethereumGatewaySchema";
import type { EthereumConfig } from "../stackFile/ethereumSchema";
import { type Finding, unknownName } from "../stackFile/findings";
import { exposesNone, portFindings } from "../stackFile/gatewayPort";
import type { EnvironmentConfig } from "../stackFile/schema";

/** SHA-256 of no characters at all. */
const hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * Checks a gateway.
 *
 * @param networkRoot - path of the network in its file, such as `baas:ethereum`
 * @param free - the next free port of the environment, for the messages
 */
export function checkEthereumGateway(
  networkRoot: string,
  { domain, gateway, environment: name }: EthereumConfig,
  environment: EnvironmentConfig,
  free: number | undefined,
): Finding[] {
  if (gateway === undefined) return [];
  const root = `${networkRoot}.gateway`;
  const { gateway: exposure } = environment;
  if (exposure === undefined) return [{ path: root, message: exposesNone(name) }];
  const noDomain = "is missing: clients reach the gateway by rpc.<domain>. Write one, such as chain.example.com";
  return [
    ...(domain === undefined ? [{ path: `${networkRoot}.domain`, message: noDomain }] : []),
    ...portFindings(`${root}.port`, gateway.port, exposure, name, free),
    ...tokenFindings(`${root}.tokens`, gateway),
    ...methodFindings(`${root}.methods`, gateway),
    ...(environment.purpose === "production" ? demandedInProduction(root, gateway, name) : []),
  ];
}

function tokenFindings(path: string, { tokens = [] }: EthereumGatewayConfig): Finding[] {
  return tokens.flatMap(({ name, sha256 }, i): Finding[] => {
    const earlier = tokens.slice(0, i);
    const found: Finding[] = [];
    if (earlier.some((other) => other.name === name)) {
      const message = `${inQuotes(name)} is the name of another token too: the log would not tell them apart. Choose another name`;
      found.push({ path: `${path}[${i}].name`, message });
    }
    const same = earlier.find((other) => other.sha256 === sha256);
    if (same !== undefined) {
      const message = `is the hash of the token ${inQuotes(same.name)} too: one could not be revoked without the other. Make another token`;
      found.push({ path: `${path}[${i}].sha256`, message });
    }
    if (sha256 === hashOfNothing) {
      const message = "is the hash of no characters at all, so no token was hashed: printf %s TOKEN | sha256sum";
      found.push({ path: `${path}[${i}].sha256`, message });
    }
    return found;
  });
}

function methodFindings(path: string, { methods: { add, remove } }: EthereumGatewayConfig): Finding[] {
  const usual: readonly string[] = usualMethods;
  const further: readonly string[] = furtherMethods;
  return [
    ...add.flatMap((method, i): Finding[] => {
      if (further.includes(method) || usual.includes(method)) return [];
      const at = `${path}.add[${i}]`;
      const never = whyNeverOffered(method);
      if (never !== undefined) return [{ path: at, message: `${inQuotes(method)} ${never}. Leave it out` }];
      return [unknownName(at, "method to add", method, further)];
    }),
    ...remove.flatMap((method, i): Finding[] => {
      if (add.includes(method)) {
        return [{ path: `${path}.remove[${i}]`, message: `${inQuotes(method)} is in add, too: leave one of them out` }];
      }
      if (usual.includes(method)) return [];
      const message = `${inQuotes(method)} is none of the usual methods, so it cannot be called anyway.${didYouMean(method, usual)} Leave it out`;
      return [{ path: `${path}.remove[${i}]`, message }];
    }),
  ];
}

function demandedInProduction(
  root: string,
  { tokens, certificateSecret }: EthereumGatewayConfig,
  environment: string,
): Finding[] {
  const because = `environment "${environment}" is for production`;
  const found: Finding[] = [];
  if (tokens === undefined) {
    const message = `is missing, and ${because}: whoever reaches the port could send transactions. Write the hash of a token for each client`;
    found.push({ path: `${root}.tokens`, message });
  }
  if (certificateSecret === undefined) {
    const message = `is missing, and ${because}: no client trusts a certificate that a pod has made for itself. Name a Secret with one for rpc.<domain>`;
    found.push({ path: `${root}.certificateSecret`, message });
  }
  return found;
}
