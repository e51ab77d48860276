/**
 * What names Kubernetes and container registries accept.
 *
 * Sources: Kubernetes documentation, "Object Names and IDs" and "Labels and Selectors"; RFC 1035, RFC 1123; the grammar of
 * image references of the CNCF project Distribution.
 */

/** A rule for names. */
export interface NameRule {
  pattern: RegExp;
  maxLength: number;
  /** What the pattern allows, to follow "is". */
  text: string;
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
/** Names of namespaces. */
export const namespaceLabel: NameRule = {
  pattern: new RegExp(`^${label}$`),
  maxLength: 63,
  text: 'lower-case letters, digits and "-", with a letter or digit at both ends',
};

const shortLabel = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
// Programs would read an IP address.
const noNumber = "(?!(0x[0-9a-f]*|[0-9]+)$)";
const qualified = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";

/** Names of most kinds of objects. */
export const dnsSubdomain: NameRule = {
  pattern: new RegExp(`^${label}(\\.${label})*$`),
  maxLength: 253,
  text: 'lower-case letters, digits, "-" and ".", with a letter or digit at both ends and on both sides of each "."',
};

/** Names of Services, and of what names a pod by a label. */
export const dnsLabel: NameRule = {
  pattern: new RegExp(`^[a-z]([-a-z0-9]*[a-z0-9])?$`),
  maxLength: 63,
  text: 'lower-case letters, digits and "-", with a letter at the start and a letter or digit at the end',
};

/** Names of hosts. */
export const hostName: NameRule = {
  pattern: new RegExp(`^(${shortLabel}\\.)*${noNumber}${shortLabel}$`),
  maxLength: 253,
  text: "lower-case labels of at most 63 characters with dots between them; the last label is no number",
};

/** Names of hosts with at least two labels. */
export const domainName: NameRule = {
  pattern: new RegExp(`^(${shortLabel}\\.)+${noNumber}${shortLabel}$`),
  maxLength: 253,
  text: "lower-case labels of at most 63 characters with dots between them, such as trade.example.com; the last label is no number",
};

/** Keys of annotations, and classes of load balancers: a name, perhaps with a domain and "/" before it. */
export const qualifiedName: NameRule = {
  pattern: new RegExp(`^((?=[^/]{1,253}/)${label}(\\.${label})*/)?${qualified}$`),
  maxLength: 253 + 1 + 63,
  text:
    'letters, digits, "-", "_" and ".", at most 63, with a letter or digit at both ends; a lower-case domain of at most ' +
    '253 and "/" may be before it',
};

/** Pattern of the number of a port, from 1 to 65535. */
export const portNumber = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
const domainPart = "[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?";
const registry = `(${domainPart}(\\.${domainPart})*|\\[[0-9a-fA-F:]+\\])(:${portNumber})?`;
const pathPart = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";

/** A registry, or a path in one, to which the names of images are added. */
export const imagePrefix: NameRule = {
  pattern: new RegExp(`^(${registry}|${pathPart})(/${pathPart})*$`),
  maxLength: 180,
  text: "a host, perhaps with a port from 1 to 65535 and a lower-case path, such as registry.example.com:5000/ledgers; no scheme",
};

/** The last part of an image's name. */
export const imageName: NameRule = {
  pattern: new RegExp(`^${pathPart}$`),
  maxLength: 63,
  text: 'lower-case letters and digits, with ".", "_" or "-" between them',
};

/** A whole reference. It may lack the tag. */
export const imageReference: Omit<NameRule, "maxLength"> = {
  pattern: new RegExp(
    `^(${registry}/)?${pathPart}(/${pathPart})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$`,
  ),
  text: "the name of an image, perhaps after a host with a port from 1 to 65535, such as registry.example.com/ledgers/asset:1.0",
};

/** An image in another registry: a path with a tag other than latest, a digest, or both. */
export const pinnedPath: NameRule = {
  pattern: new RegExp(
    `^${pathPart}(/${pathPart})*(:(?!latest(@|$))[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$`,
  ),
  maxLength: 400,
  text:
    "a path with a tag other than latest, a digest, or both, such as hyperledger/fabric-ca:1.5.21@sha256:<64 digits>; between the " +
    'letters and digits of each part is one of ".", "_", "__" and "-"',
};

/** What a rule finds wrong with a name; undefined if nothing. */
export function ruleBroken({ pattern, maxLength, text }: NameRule, name: string): string | undefined {
  if (name.length > maxLength) return `${name.length} characters; at most ${maxLength} fit`;
  return pattern.test(name) ? undefined : text;
}
