/** The gate of a studio's session: what signs in developers, and brings the debug peer's calls. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import { dump } from "js-yaml";

import { mspDir, mspFiles, tlsFiles } from "../../model/contracts/enrolment";
import { debugLabel, labels } from "../../model/contracts/labels";
import { headlessServiceName, linkKeySecretName, serviceHost } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import {
  studioClientFile,
  studioGateDir,
  studioGateFile,
  type StudioGateSettings,
  studioGateVariable,
  studioLinkDir,
  studioOidcDir,
  studioOidcKey,
  type StudioOidcSettings,
  studioPaths,
  studioRemoteDir,
  studioRemoteKeys,
  studioRemoteRootsFile,
  studioRootsFile,
} from "../../model/contracts/studio";
import { durationSeconds } from "../../model/duration";
import type { StudioPlan, StudioSessionPlan } from "../../model/network/networkPlan";
import {
  allowToEnrol,
  cryptoMount,
  cryptoVolume,
  enrolContainer,
  enrolVolumes,
  identity,
  keeperContainer,
} from "../enrolment/enrolment";
import { anyAddress, serviceFamilies } from "../kubernetes/addressFamily";
import { allowFrom, allowTo, allowToOutside, httpsPortOf, pods, podsIn } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import { type AllowedTraffic, networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { configurationAnnotations, podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { serverProbes } from "../kubernetes/probes";
import { skipAwaitOfPods } from "../kubernetes/pulumiAnnotations";
import { service, tcpPort } from "../kubernetes/service";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";

/** Arguments of {@link studioGate}. */
export interface StudioGateArgs extends NetworkContext {
  studio: StudioPlan;
  session: StudioSessionPlan;
  /** Image of services/studio-gate. */
  image: string;
}

/**
 * Creates the objects of a gate, in the network's namespace: its keys are made there. The network's gateway alone reaches it.
 *
 * @param resourceName - name of the Pulumi resources; the plan names the objects
 */
export function studioGate(resourceName: string, args: StudioGateArgs, opts: pulumi.CustomResourceOptions): void {
  const { plan, session } = args;
  const { name, organization } = session;
  const own = labels({ network: plan.name, organization: organization.name, role: "studio-gate", instance: name });
  const metadata = { name, namespace: plan.namespace, labels: own };
  const unique = `${resourceName}-gate`;

  const enrolled = { plan, organization, name, enrolmentId: name, type: "client" as const };
  const client = identity(`${resourceName}-identity`, enrolled, opts);
  const account = serviceAccount(unique, metadata, opts);
  const data = {
    [studioGateFile]: `${JSON.stringify(settingsOf(args), undefined, 2)}\n`,
    [studioClientFile]: dump(clientConfiguration(session)),
    ...(session.oidc?.rootCertificates !== undefined && { [studioRootsFile]: session.oidc.rootCertificates }),
    ...(session.remote?.rootCertificates !== undefined && {
      [studioRemoteRootsFile]: session.remote.rootCertificates,
    }),
  };
  const configMap = new k8s.core.v1.ConfigMap(unique, { metadata, data }, opts);
  const https = { type: "ClusterIP", ports: [tcpPort("https", ports.studioGate)], ...serviceFamilies(plan.ipFamilies) };
  service(unique, metadata, https, opts);
  const policy = networkPolicy(unique, metadata, allowedTraffic(args), opts);
  new k8s.apps.v1.Deployment(
    unique,
    {
      metadata: workloadMetadata({ ...metadata, annotations: skipAwaitOfPods }, plan.pods, "studio"),
      spec: {
        replicas: 1,
        selector: { matchLabels: own },
        // Two at once would take the session from each other.
        strategy: { type: "Recreate" },
        template: podTemplate({
          pods: plan.pods,
          role: "studio",
          account: name,
          labels: { ...own, [debugLabel]: "true" },
          annotations: configurationAnnotations(data),
          spreadOver: own,
          canMove: true,
          spec: podSpec(args),
        }),
      },
    },
    { ...opts, dependsOn: [...[opts.dependsOn ?? []].flat(), client, account, configMap, policy] as pulumi.Resource[] },
  );
}

function settingsOf({ plan, studio, session }: StudioGateArgs): StudioGateSettings {
  const { name, host, developer, organization, server, chaincode, idleEnd, longestLife } = session;
  const { peer, relayHost } = organization.debugging!;
  return {
    host,
    developer: developer.id,
    listen: `${anyAddress(plan.ipFamilies)}:${ports.studioGate}`,
    session: `${serviceHost(headlessServiceName(name), studio.namespace)}:${ports.studioLink}`,
    relay: { address: serviceHost(peer.name, plan.namespace), port: ports.debugRelay, host: relayHost },
    server,
    calls: { channel: chaincode.channel, chaincode: chaincode.name },
    idleSeconds: durationSeconds(idleEnd),
    lifeSeconds: durationSeconds(longestLife),
    ...(session.oidc && { oidc: oidcSettings(plan, session.oidc, host) }),
    ...(session.remote && { remote: { url: session.remote.url, branches: session.remote.branches } }),
  };
}

function oidcSettings(
  { gateway }: StudioGateArgs["plan"],
  { issuer, clientId, scopes, userClaim, user }: NonNullable<StudioSessionPlan["oidc"]>,
  host: string,
): StudioOidcSettings {
  const redirectUrl = new URL(studioPaths.signedIn, `https://${host}:${gateway!.port}`).href;
  return { issuer, clientId, scopes, userClaim, user, redirectUrl };
}

/** The debug peer alone is called: that is what the contract in the session endorses for. */
function clientConfiguration({ organization, chaincode }: StudioSessionPlan): object {
  return {
    mspId: organization.mspId,
    channel: chaincode.channel,
    chaincode: chaincode.name,
    peers: [organization.debugging!.peer.address],
    tlsRoots: tlsFiles.root,
    identity: {
      certificate: `${mspDir}/${mspFiles.signingCertificate}`,
      privateKey: `${mspDir}/${mspFiles.signingKey}`,
    },
    endorsingOrganizations: [organization.mspId],
    // As long as somebody looks at a breakpoint.
    timeouts: { evaluate: "30m", endorse: "30m", total: "1h" },
  };
}

/** From the gateway; to the session, the debug peer's relay, the CA, who signs developers in, and the repository. */
function allowedTraffic({
  plan,
  studio,
  session: { name, organization, oidc, remote },
}: StudioGateArgs): AllowedTraffic {
  const { debugging } = organization;
  const outside = [oidc?.issuer, remote?.url].filter((url) => url !== undefined);
  return {
    ingress: [allowFrom(pods({ network: plan.name, role: "gateway" }), ports.studioGate)],
    egress: [
      allowTo(
        podsIn(studio.namespace, { network: plan.name, role: "studio-session", instance: name }),
        ports.studioLink,
      ),
      allowTo(pods({ network: plan.name, instance: debugging!.peer.name }), ports.debugRelay, ports.peer),
      allowToEnrol(plan, organization),
      ...allowToOutside(outside.map(httpsPortOf)),
    ],
  };
}

const configuration = { name: "configuration", mountPath: studioGateDir, readOnly: true };
const link = { name: "link", mountPath: studioLinkDir, readOnly: true };
const client = { name: "oidc", mountPath: studioOidcDir, readOnly: true };
const remoteUser = { name: "remote", mountPath: studioRemoteDir, readOnly: true };

function podSpec(args: StudioGateArgs): k8sInput.core.v1.PodSpec {
  const { session } = args;
  const { name, organization, hosts, oidc, remote } = session;
  const enrolment = { ...args, organization, identity: name, hosts, volume: cryptoMount };
  return {
    terminationGracePeriodSeconds: 10,
    initContainers: [enrolContainer(enrolment)],
    containers: [gateContainer(args), keeperContainer(enrolment)],
    volumes: [
      cryptoVolume,
      { name: configuration.name, configMap: { name } },
      { name: link.name, secret: { secretName: linkKeySecretName(session.name), defaultMode: 0o440 } },
      ...(oidc === undefined ? [] : [givenVolume(client.name, oidc.secretName, [studioOidcKey])]),
      ...(remote === undefined ? [] : [givenVolume(remoteUser.name, remote.secretName, studioRemoteKeys)]),
      ...enrolVolumes(enrolment),
    ],
  };
}

function gateContainer({ session: { oidc, remote }, plan, image }: StudioGateArgs): k8sInput.core.v1.Container {
  const health = { httpGet: { path: studioPaths.health, port: ports.studioGate, scheme: "HTTPS" } };
  return {
    name: "gate",
    image,
    env: [
      { name: studioGateVariable, value: `${studioGateDir}/${studioGateFile}` },
      ...(oidc?.rootCertificates === undefined
        ? []
        : [{ name: "NODE_EXTRA_CA_CERTS", value: `${studioGateDir}/${studioRootsFile}` }]),
    ],
    ports: [{ name: "https", containerPort: ports.studioGate }],
    volumeMounts: [
      ...[{ ...cryptoMount, readOnly: true }, configuration, link],
      ...(oidc === undefined ? [] : [client]),
      ...(remote === undefined ? [] : [remoteUser]),
    ],
    ...serverProbes({ healthy: health, alive: health, startSeconds: 60 }),
    resources: resourcesOf(plan.size, "studioGate"),
    ...containerDefaults,
  };
}

/** What others know the gate by. As long as it is not there, one-time links lead in, and nothing is pushed. */
function givenVolume(name: string, secretName: string, keys: readonly string[]): k8sInput.core.v1.Volume {
  const items = keys.map((key) => ({ key, path: key }));
  return { name, secret: { secretName, items, optional: true, defaultMode: 0o440 } };
}
