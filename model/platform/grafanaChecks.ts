/** Rules of a platform's Grafana, and of the gateway in front of it. */
import type { Finding } from "../stackFile/findings";
import { exposesNone, portFindings } from "../stackFile/gatewayPort";
import type { EnvironmentConfig, PlatformConfig } from "../stackFile/schema";

/**
 * Checks the gateway of a platform, and how people sign in.
 *
 * @param root - path of the platform in its file, such as `baas:platform`
 * @param free - the next free port of the environment, for the messages
 */
export function checkGrafana(
  root: string,
  { environment, gateway, monitoring }: PlatformConfig,
  { gateway: exposure }: EnvironmentConfig,
  free: number | undefined,
): Finding[] {
  const found: Finding[] = [];
  const grafana = monitoring?.grafana;
  if (gateway !== undefined) {
    if (exposure === undefined) found.push({ path: `${root}.gateway`, message: exposesNone(environment) });
    else found.push(...portFindings(`${root}.gateway.port`, gateway.port, exposure, environment, free));
    if (grafana === undefined) {
      const message = 'leads to nothing: write "grafana: {}" in monitoring, or leave it out';
      found.push({ path: `${root}.gateway`, message });
    }
  }
  if (grafana?.oidc !== undefined && gateway === undefined) {
    const message =
      "needs an address that the provider sends browsers back to: give the platform a gateway, with port and host";
    found.push({ path: `${root}.monitoring.grafana.oidc`, message });
  }
  return found;
}
