/** What makes a peer a debug peer: the relay beside it, which it takes for its organization's chaincode servers, and its allowed traffic. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import {
  debugRelayAddress,
  debugRelayName,
  debugRelayTlsDir,
  debugRelayVariables,
} from "../../model/contracts/debugging";
import { rootsDir } from "../../model/contracts/enrolment";
import { debugLabel } from "../../model/contracts/labels";
import { ports } from "../../model/contracts/ports";
import {
  chaincodeServersOf,
  type NetworkPlan,
  type OrganizationPlan,
  studioSessionsOf,
} from "../../model/network/networkPlan";
import { allowToEnrol } from "../enrolment/enrolment";
import { anyAddress } from "../kubernetes/addressFamily";
import { allowFromMonitoring } from "../kubernetes/metricsReaders";
import { allowFrom, allowTo, controllerIn, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { resourcesOf } from "../kubernetes/sizes";

/** Arguments of {@link debugRelay}. */
export interface DebugRelayArgs {
  plan: NetworkPlan;
  organization: OrganizationPlan;
  /** Image of services/debug-relay. */
  debugRelayImage?: string | undefined;
  /** Volume with the peer's certificates. */
  volume: string;
}

/** What a debug peer has beside a peer. */
export interface DebugRelay {
  /** Further names of its certificate: those of the servers that the relay stands for. */
  hosts: string[];
  /** Further ports of its Services. */
  ports: Record<string, number>;
  containers: k8sInput.core.v1.Container[];
  pod: { hostAliases?: k8sInput.core.v1.HostAlias[]; podLabels: Record<string, string> };
}

/**
 * The relay: TLS of the chaincode servers ends there, with the debug peer's own key, and calls go on to the machine of the developer who has
 * opened a session, or else to the server. By aliases in the pod, all servers' names lead to it: the package is the same as for other peers.
 */
export function debugRelay({ plan, organization, debugRelayImage, volume }: DebugRelayArgs): DebugRelay {
  const servers = chaincodeServersOf(plan, organization);
  return {
    hosts: servers,
    ports: { relay: ports.debugRelay },
    containers: [
      {
        name: debugRelayName,
        image: debugRelayImage!,
        env: [
          { name: debugRelayVariables.servers, value: servers.join(",") },
          { name: debugRelayVariables.serverDomain, value: `${plan.namespace}.svc.${plan.clusterDomain}` },
          {
            name: debugRelayVariables.developers,
            // The gate of a studio's session has a name of its own.
            value: [
              ...organization.debugging!.developers.map(({ id }) => id),
              ...studioSessionsOf(plan, organization).map(({ name }) => name),
            ].join(","),
          },
          { name: debugRelayVariables.tlsDir, value: debugRelayTlsDir },
          { name: debugRelayVariables.rootsDir, value: rootsDir },
          { name: debugRelayVariables.listen, value: `${anyAddress(plan.ipFamilies)}:${ports.debugRelay}` },
        ],
        ports: [{ name: "relay", containerPort: ports.debugRelay }],
        volumeMounts: [
          { name: volume, mountPath: debugRelayTlsDir, subPath: "crypto/tls", readOnly: true },
          { name: "roots", mountPath: rootsDir, readOnly: true },
        ],
        ...probes,
        resources: resourcesOf(plan.size, "debugRelay"),
        ...containerDefaults,
      },
    ],
    pod: {
      ...(servers.length > 0 && { hostAliases: [{ ip: debugRelayAddress, hostnames: servers }] }),
      podLabels: { [debugLabel]: "true" },
    },
  };
}

// It logs no bare connections.
const listening = { tcpSocket: { port: ports.debugRelay } };
const probes = {
  startupProbe: { ...listening, periodSeconds: 1, failureThreshold: 60 },
  readinessProbe: { ...listening, periodSeconds: 10 },
  livenessProbe: { ...listening, periodSeconds: 20, failureThreshold: 6 },
};

/** No peer reaches it, and it reaches none: no other peer knows it, so none has it endorse what stands at a breakpoint. */
export function debugTraffic({
  plan,
  organization,
  ...args
}: NetworkContext & { organization: OrganizationPlan }): AllowedTraffic {
  const gateway = pods({ network: plan.name, role: "gateway" });
  const chaincodes = pods({ network: plan.name, organization: organization.name, role: "chaincode" });
  return {
    ingress: [
      allowFrom(controllerIn(args.platformNamespace), ports.peer),
      allowFrom(gateway, ports.peer, ports.debugRelay, ports.operations),
      ...(studioSessionsOf(plan, organization).length === 0
        ? []
        : [
            allowFrom(
              pods({ network: plan.name, organization: organization.name, role: "studio-gate" }),
              ports.debugRelay,
              ports.peer,
            ),
          ]),
      ...allowFromMonitoring(args),
    ],
    egress: [
      allowTo(pods({ network: plan.name, role: "orderer" }), ports.orderer),
      allowTo(chaincodes, ports.chaincode),
      allowToEnrol(plan, organization),
    ],
  };
}
