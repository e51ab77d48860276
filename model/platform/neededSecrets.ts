/** Secrets of the user's that a platform needs, and what is said of those that are not there. */
import type { Finding } from "../stackFile/findings";
import type { MonitoringConfig, ReceiverConfig } from "../stackFile/monitoringSchema";
import type { PlatformConfig } from "../stackFile/schema";

/** Keys of a Secret, and where the stack file names it. */
interface NeededKeys {
  path: string;
  secret: string;
  /** One, or a certificate with its key. */
  keys: readonly string[];
  /** What happens without it. */
  without: string;
}

/** Names of the Secrets, without repetition. */
export function neededSecrets(platform: PlatformConfig): string[] {
  return [...new Set(neededKeys("", platform).map(({ secret }) => secret))];
}

/**
 * What is missing.
 *
 * @param root - path of the platform in its file, such as `baas:platform`
 * @param there - keys of the Secrets that are there, and undefined for those that are not; Secrets that nobody could look at are absent
 */
export function missingSecrets(
  root: string,
  platform: PlatformConfig,
  there: ReadonlyMap<string, readonly string[] | undefined>,
): Finding[] {
  const { namespace } = platform;
  return neededKeys(root, platform).flatMap(({ path, secret, keys: needed, without }) => {
    if (!there.has(secret)) return [];
    const keys = there.get(secret);
    const missing = needed.filter((key) => !keys?.includes(key));
    if (missing.length === 0) return [];
    const kubectl = `kubectl --namespace ${namespace}`;
    const message =
      keys === undefined
        ? `"${secret}" is no Secret in namespace ${namespace}: ${without}. Make it: ${kubectl} create secret ${creation(secret, needed)}`
        : `Secret "${secret}" in namespace ${namespace} has no key "${missing[0]}": ${without}. Add it: ${kubectl} edit secret ${secret}`;
    return [{ path, message }];
  });
}

function creation(secret: string, keys: readonly string[]): string {
  return keys.length > 1 ? `tls ${secret} --cert=FILE --key=FILE` : `generic ${secret} --from-literal=${keys[0]}=...`;
}

function neededKeys(root: string, { monitoring, gateway }: PlatformConfig): NeededKeys[] {
  if (monitoring === undefined) return [];
  const { receivers, grafana } = monitoring;
  const oidc = grafana?.oidc;
  const noGrafana = "Grafana does not start";
  return [
    ...receivers.flatMap((each, i) => ofReceiver(`${root}.monitoring.receivers[${i}]`, each, monitoring)),
    ...(oidc === undefined
      ? []
      : [
          {
            ...{ path: `${root}.monitoring.grafana.oidc.secretName`, secret: oidc.secretName, keys: ["clientSecret"] },
            without: noGrafana,
          },
        ]),
    ...(gateway?.certificateSecret === undefined
      ? []
      : [
          {
            ...{ path: `${root}.gateway.certificateSecret`, secret: gateway.certificateSecret },
            ...{ keys: ["tls.crt", "tls.key"], without: noGrafana },
          },
        ]),
  ];
}

/** Keys by the kinds of receivers, as alertRouting.ts reads them. */
const keyOf = { email: "password", slack: "url", wechat: "secret", pagerduty: "routingKey", msteams: "url" } as const;

function ofReceiver(path: string, receiver: ReceiverConfig, { operator }: MonitoringConfig): NeededKeys[] {
  const { name: _, ...kinds } = receiver;
  // An operator leaves out the routing of the whole environment, not of this receiver alone.
  const without = operator === undefined ? `receiver "${receiver.name}" is not told` : "nobody is told";
  return Object.entries(kinds).flatMap(([kind, settings]) => {
    const secret = settings?.secretName;
    if (secret === undefined) return [];
    const ofWebhook = receiver.webhook?.url === undefined ? "url" : "token";
    const key = kind === "webhook" ? ofWebhook : keyOf[kind as keyof typeof keyOf];
    return [{ path: `${path}.${kind}.secretName`, secret, keys: [key], without }];
  });
}
