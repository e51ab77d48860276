import { objectPolicy, type Violation } from "../kit/definition";
import { containersOf, podOf, roleOf, workloads, type KubernetesObject } from "../kit/objects";
import { argumentsOf, settingsOf, variables } from "../kit/texts";

/** TLS is on between all parts. */
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
    for (const { key, value, where } of variables(object)) {
      if (isOff(key, value)) add(`${where} is ${JSON.stringify(value)}: it switches TLS off`, "Leave TLS on");
      else checkUrl(value, where, settings.plaintextOn, add);
    }
    for (const { value, where } of argumentsOf(object)) {
      if (insecureArgument.test(value)) add(`${where} switches TLS off`, "Leave it out");
      else checkUrl(value, where, settings.plaintextOn, add);
    }
    for (const { value, where } of settingsOf(object)) {
      // `peer.tls.enabled`, `General.TLS.Enabled`
      if (/\btls\.enabled" in /i.test(where) && !isTrue(value)) {
        add(`${where} is ${value}: it switches TLS off`, "Set it to true");
      }
    }
    for (const { container, path, probe } of settings.probes.includes(roleOf(object) ?? "") ? probes(object) : []) {
      if (probe.httpGet?.scheme === "HTTPS" || probe.httpGet === undefined) continue;
      if (!settings.plaintextOn.includes(probe.httpGet.host)) {
        add(`${path} of container "${container.name}" asks over http, where others can, too`, "Set scheme to HTTPS");
      }
    }
    const url = object.kind === "CertificateAuthority" ? object.body.spec?.url : undefined;
    if (typeof url === "string") checkUrl(url, "spec.url", settings.plaintextOn, add);
    return found;
  },
});

const insecureArgument =
  /^(--?tls(\.enabled)?=(false|0|off)|--(no-tls|insecure|insecure-skip-tls-verify|skip-tls-verify)(=true)?)$/i;

function isOff(name: string, value: string): boolean {
  if (/^NODE_TLS_REJECT_UNAUTHORIZED$/.test(name)) return value === "0";
  if (/INSECURE_?SKIP_?(TLS_?)?VERIFY$/i.test(name)) return isTrue(value);
  return /(^|_)(TLS|SSL)(_ENABLED?)?$/i.test(name) && /^(false|0|off|no|disabled?|none)$/i.test(value);
}

function isTrue(value: string): boolean {
  return /^(true|1|on|yes)$/i.test(value);
}

function checkUrl(text: string, where: string, allowed: string[], add: (what: string, remedy: string) => void): void {
  const [, host] = /^http:\/\/(\[[^\]]+\]|[^/:\s]+)/i.exec(text) ?? [];
  if (host === undefined || allowed.includes(host.replace(/[[\]]/g, ""))) return;
  add(`${where} is an address without TLS: ${text}`, "Use https");
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
