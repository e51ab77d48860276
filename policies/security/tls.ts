import { smokeTestVariables } from "../../model/contracts/smokeTest";
import { isRecord } from "../kit/nodes";
import { containersOf, type KubernetesObject, podOf, roleOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";
import { commandLines, documentsOf, type PlacedText, referringVariables, settingsOf } from "../kit/texts";
import { isNeverCalled, isOff, isOn, isSwitchOfFabric, offByWord, plaintext, safeSchemes } from "../kit/tlsSwitches";

/** What is wrong, and what to do instead. */
type Mistake = [what: string, remedy: string];

interface Settings {
  plaintextOn: string[];
  schemes: string[];
  probes: string[];
}

/** TLS is on, and verified, on all connections. */
export const tls = objectPolicy<Settings>({
  name: "security-tls",
  level: "mandatory",
  description: "TLS is nowhere off, and nowhere unverified.",
  why:
    "Without TLS everybody on the way reads transactions and enrolment secrets; without verification everybody on the way can " +
    "be the CA that a node enrols with.",
  limits:
    "It judges addresses that name their scheme. Ethereum's nodes and their smoke test speak JSON-RPC without TLS inside the cluster, by " +
    "addresses without one: there, NetworkPolicies decide who reaches a node.",
  settings: {
    plaintextOn: {
      type: "array",
      items: { type: "string" },
      default: ["127.0.0.1", "localhost", "::1"],
      description: "Hosts that may be spoken to without TLS.",
    },
    schemes: {
      type: "array",
      items: { type: "string" },
      default: safeSchemes,
      description:
        "Schemes of addresses that have TLS or are not called. An address of another scheme counts as one without TLS.",
    },
    probes: {
      type: "array",
      items: { type: "string" },
      default: ["peer", "orderer", "certificate-authority", "gateway"],
      description:
        "Roles whose probes use https: the port that they ask serves metrics, too. Others' probes say no more than that they live.",
    },
  },
  allowing: ["schemes"],
  check(object, { settings, stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const addresses: Addresses = ({ value, where, isSecretData }) =>
      // What a smoke test writes to the ledger.
      ledgerData.test(where)
        ? []
        : plaintext(value, settings.plaintextOn, settings.schemes).map(([address, remedy]) => [
            `${where} is an address without TLS${isSecretData ? "" : `: ${address}`}`,
            remedy,
          ]);
    const mistakes = [
      ...inSettings(object, addresses),
      ...inReferences(object),
      ...inCommands(object, addresses),
      ...inDocuments(object),
      ...(settings.probes.includes(roleOf(object) ?? "") ? inProbes(object, settings.plaintextOn) : []),
    ];
    const messages = new Set(mistakes.map(([what, remedy]) => `${what}. ${remedy} in ${file}`));
    return [...messages].map((message) => ({ place, message }));
  },
});

const ledgerData = new RegExp(
  `^(variable "|.*in variable ")(${[smokeTestVariables.submit, smokeTestVariables.evaluate].join("|")})"`,
);

type Addresses = (text: PlacedText) => Mistake[];

function inSettings(object: KubernetesObject, addresses: Addresses): Mistake[] {
  return settingsOf(object).flatMap((text): Mistake[] => {
    const { key, path, value, where, isDocumentation } = text;
    if (isDocumentation) return [];
    const shown = where.startsWith("variable ") ? JSON.stringify(value) : value === "" ? "empty" : value;
    if (isSwitchOfFabric(path))
      return isOn(value) ? [] : [[`${where} is ${shown}: it switches TLS off`, "Set it to true"]];
    if (isOff(path, value)) return [[`${where} is ${shown}: it switches TLS off`, "Leave TLS on"]];
    return isNeverCalled(key) ? [] : addresses(text);
  });
}

/** Switches whose values stand elsewhere, under a name that says nothing of TLS. */
function inReferences(object: KubernetesObject): Mistake[] {
  return referringVariables(object)
    .filter(({ name }) => isOff([name], "true") || isOff([name], "false"))
    .map(({ where, source }) => [`${where} is a switch of TLS whose value is in a ${source}`, "Write its value out"]);
}

function inCommands(object: KubernetesObject, addresses: Addresses): Mistake[] {
  return commandLines(object).flatMap((line) => {
    const words = line.map(({ value }) => value);
    return line.flatMap((text, i): Mistake[] => {
      const { value, where } = text;
      switch (offByWord(words, i)) {
        case "alone":
          return [[`${where} switches TLS off`, "Leave it out"]];
        case "next":
          return [[`${where} switches TLS off, with ${words[i + 1]} after it`, "Leave both out"]];
        case "setting":
          return [[`${where} switches TLS off with ${value}`, "Leave TLS on"]];
        default:
          return isNeverCalled(text.key) ? [] : addresses(text);
      }
    });
  });
}

/** Sections of Fabric's configuration files without the switch, which is off by default. */
function inDocuments(object: KubernetesObject): Mistake[] {
  return documentsOf(object).flatMap(({ document, where }) =>
    Object.entries(sections).flatMap(([path, [around, key]]): Mistake[] => {
      const section = path.split(".").reduce(under, document);
      // A section that is left out counts in files that Fabric looks for, and where there is an address to listen at.
      const owner = under(document, around);
      const isLeftOut =
        isRecord(owner) && (key === undefined ? /"(core|orderer)\.ya?ml"/.test(where) : under(owner, key));
      if ((section === undefined && !isLeftOut) || (under(section, "enabled") ?? null) !== null) return [];
      return [[`"${path}" in ${where} does not enable TLS, which Fabric leaves off by default`, "Enable it"]];
    }),
  );
}

/** Sections with the switch: what is around it, and the key that says that it listens; files have the others. */
const sections: Record<string, [around: string, key?: string]> = {
  "peer.tls": ["peer"],
  "General.TLS": ["General"],
  "Admin.TLS": ["Admin", "ListenAddress"],
};

function inProbes(object: KubernetesObject, plaintextOn: readonly string[]): Mistake[] {
  return probes(object).flatMap(({ container, path, probe }): Mistake[] => {
    if (probe.httpGet === undefined || probe.httpGet.scheme === "HTTPS") return [];
    if (plaintextOn.includes(probe.httpGet.host)) return [];
    const what = `${path} of container "${container.name}" uses http, so that anybody can call the port without TLS`;
    return [[what, "Set scheme to HTTPS"]];
  });
}

/** The value of a key of a file. Fabric ignores the case of keys. */
function under(section: any, key: string): any {
  return Object.entries(section ?? {}).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

function probes(object: KubernetesObject): { container: any; path: string; probe: any }[] {
  const pod = podOf(object);
  if (pod === undefined) return [];
  return containersOf(pod).flatMap(({ container }) =>
    ["startupProbe", "readinessProbe", "livenessProbe"].flatMap((path) =>
      container[path] === undefined ? [] : [{ container, path, probe: container[path] }],
    ),
  );
}
