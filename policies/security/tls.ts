import { containersOf, type KubernetesObject, podOf, roleOf, workloads } from "../kit/objects";
import { objectPolicy, type Violation } from "../kit/policy";
import { commandLines, documentsOf, settingsOf, variables } from "../kit/texts";

/** TLS is on, and verified, on all connections. */
export const tls = objectPolicy<{ plaintextOn: string[]; probes: string[] }>({
  name: "security-tls",
  level: "mandatory",
  description: "TLS is nowhere off, and nowhere unverified.",
  why:
    "Without TLS everybody on the way reads transactions and enrolment secrets; without verification everybody on the way can " +
    "be the CA that a node enrols with.",
  settings: {
    plaintextOn: {
      type: "array",
      items: { type: "string" },
      default: ["127.0.0.1", "localhost", "::1"],
      description: "Hosts that may be spoken to over http.",
    },
    probes: {
      type: "array",
      items: { type: "string" },
      default: ["peer", "orderer", "certificate-authority", "gateway"],
      description:
        "Roles whose probes use https: the port that they ask serves metrics, too. Others' probes say no more than that they live.",
    },
  },
  kinds: [...workloads, "ConfigMap", "CertificateAuthority"],
  check(object, { settings, stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const found: Violation[] = [];
    const add = (what: string, remedy: string): void =>
      void found.push({ place, message: `${what}. ${remedy} in ${file}` });
    const addUrl = (text: string, where: string): void => {
      for (const [address, remedy] of plaintext(text, settings.plaintextOn)) {
        add(`${where} is an address without TLS: ${address}`, remedy);
      }
    };
    for (const { key, value, where } of variables(object)) {
      if (isOff(key, value)) add(`${where} is ${JSON.stringify(value)}: it switches TLS off`, "Leave TLS on");
      else addUrl(value, where);
    }
    for (const line of commandLines(object)) {
      for (const [i, { value, where }] of line.entries()) {
        const next = line[i + 1]?.value;
        const [, name = "", given = ""] = /^([\w.]+)=(.*)$/.exec(value) ?? [];
        if (insecureArgument.test(value)) add(`${where} switches TLS off`, "Leave it out");
        else if (insecureArgument.test(`${value}=${next}`)) {
          add(`${where} switches TLS off, with ${next} after it`, "Leave both out");
        } else if (isOff(name, given)) add(`${where} switches TLS off with ${value}`, "Leave TLS on");
        else addUrl(value, where);
      }
    }
    for (const { key, path, value, where } of settingsOf(object)) {
      // `peer.tls.enabled`, `General.TLS.Enabled`
      if (/(^|\.)tls\.enabled$/i.test(path.join("."))) {
        if (!isTrue(value)) add(`${where} is ${value}: it switches TLS off`, "Set it to true");
      } else if (isOff(key, value)) add(`${where} is ${value}: it switches TLS off`, "Leave TLS on");
      // `$schema` names a format; its URL is never called.
      else if (!key.startsWith("$")) addUrl(value, where);
    }
    for (const { document, where } of documentsOf(object)) {
      for (const path of ["peer.tls", "General.TLS"]) {
        const section = path.split(".").reduce(under, document);
        if (section === undefined || (under(section, "enabled") ?? null) !== null) continue;
        add(`"${path}" in ${where} does not enable TLS, which Fabric leaves off by default`, "Enable it");
      }
    }
    for (const { container, path, probe } of settings.probes.includes(roleOf(object) ?? "") ? probes(object) : []) {
      if (probe.httpGet?.scheme === "HTTPS" || probe.httpGet === undefined) continue;
      if (!settings.plaintextOn.includes(probe.httpGet.host)) {
        add(
          `${path} of container "${container.name}" uses http, so that anybody can call the port without TLS`,
          "Set scheme to HTTPS",
        );
      }
    }
    const url = object.kind === "CertificateAuthority" ? object.body.spec?.url : undefined;
    if (typeof url === "string") addUrl(url, "spec.url");
    return found;
  },
});

const insecureArgument =
  /^(--?tls(\.enabled)?=(false|0|off)|--(no-tls|insecure|insecure-skip-tls-verify|skip-tls-verify)(=true)?)$/i;

function isOff(key: string, value: string): boolean {
  // `tlsRequired`, `tls_required` and `TLS-REQUIRED` are the same name.
  const name = key.replace(/([a-z])([A-Z])/g, "$1_$2").replace(/[-.]/g, "_");
  if (/^NODE_TLS_REJECT_UNAUTHORIZED$/.test(name)) return value === "0";
  if (/(INSECURE_?SKIP_?(TLS_?)?VERIFY|(^|_)(TLS|SSL)_?DISABLED?|(^|_)DISABLED?_?(TLS|SSL))$/i.test(name))
    return isTrue(value);
  if (/SECURITY_?PROTOCOL$/i.test(name)) return /PLAINTEXT$/i.test(value);
  return /(^|_)(TLS|SSL)(_?(ENABLED?|REQUIRED|MODE))?$/i.test(name) && /^(false|0|off|no|disabled?|none)$/i.test(value);
}

/** The value of a key of a file. Fabric ignores the case of keys. */
function under(section: any, key: string): any {
  return Object.entries(section ?? {}).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

function isTrue(value: string): boolean {
  return /^(true|1|on|yes)$/i.test(value);
}

/** Addresses without TLS in a text, which may be a list or an option, each with what to use instead. */
function plaintext(text: string, allowed: string[]): [address: string, remedy: string][] {
  const addresses = text.matchAll(/(?<=^|[=,]\s*)(http|(?:SASL_)?PLAINTEXT):\/\/(\[[^\]]+\]|[^/:,\s]*)[^,\s]*/gi);
  return [...addresses].flatMap(([address, scheme = "", host = ""]) => {
    if (allowed.includes(host.replace(/[[\]]/g, ""))) return [];
    return [[address, /^http$/i.test(scheme) ? "Use https" : `Use ${scheme.replace("PLAINTEXT", "SSL")}`]];
  });
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
