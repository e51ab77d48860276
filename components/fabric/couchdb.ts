/** CouchDB beside a peer: its container, its configuration and its password. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { labels } from "../../model/contracts/labels";
import { couchdbSecretName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import { type NodePlan, type OrganizationPlan } from "../../model/network/networkPlan";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import { anyAddress } from "../kubernetes/addressFamily";
import type { NetworkContext } from "../kubernetes/networkContext";
import { containerDefaults } from "../kubernetes/podSecurity";
import { upstreamImage } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";

/** What a peer's pod needs for CouchDB as a sidecar. */
export interface CouchdbSidecar {
  containers: k8sInput.core.v1.Container[];
  volumes: k8sInput.core.v1.Volume[];
  /** Environment of the peer: user name and password. */
  peerEnvironment: k8sInput.core.v1.EnvVar[];
  /** Objects that the pod mounts. */
  dependsOn: pulumi.Resource[];
}

/** Arguments of {@link couchdbSidecar}. */
export interface CouchdbArgs extends NetworkContext {
  organization: OrganizationPlan;
  /** The peer. */
  node: NodePlan;
  /** Volume of the peer; the databases are in a folder of it. */
  volume: string;
}

/**
 * CouchDB as a peer's state database: a second container of its pod that listens on localhost only, but for its metrics. Its password is
 * random. It may change at any time, because CouchDB reads it at each start.
 *
 * @param resourceName - name of the Pulumi resources
 */
export function couchdbSidecar(
  resourceName: string,
  args: CouchdbArgs,
  opts: pulumi.CustomResourceOptions,
): CouchdbSidecar {
  const { plan, organization, node } = args;
  const name = couchdbSecretName(node.name);
  const metadata = {
    name,
    namespace: plan.namespace,
    labels: labels({ network: plan.name, organization: organization.name, role: "peer", instance: node.name }),
  };
  const password = new random.RandomPassword(resourceName, { length: 32, special: false }, opts);
  const secret = new k8s.core.v1.Secret(
    resourceName,
    { metadata, type: "Opaque", stringData: { username: "peer", password: password.result } },
    opts,
  );
  const configuration = new k8s.core.v1.ConfigMap(
    resourceName,
    { metadata, data: { "baas.ini": settings(plan.ipFamilies) } },
    opts,
  );
  return {
    containers: [couchdbContainer(args, name)],
    volumes: [
      { name: configurationVolume, configMap: { name } },
      { name: localVolume, emptyDir: {} },
    ],
    peerEnvironment: [
      credential("CORE_LEDGER_STATE_COUCHDBCONFIG_USERNAME", name, "username"),
      credential("CORE_LEDGER_STATE_COUCHDBCONFIG_PASSWORD", name, "password"),
    ],
    dependsOn: [secret, configuration],
  };
}

const configurationVolume = "couchdb-configuration";
const localVolume = "couchdb-local";

/** User that owns the image's files. */
const couchdbUser = 5984;

function couchdbContainer({ plan, images, volume }: CouchdbArgs, secretName: string): k8sInput.core.v1.Container {
  const asked = (path: string) => ({ exec: { command: ["curl", "-fsS", `http://127.0.0.1:${ports.couchdb}${path}`] } });
  // The first fails in maintenance mode, too, which no restart ends.
  const [up, answers] = [asked("/_up"), asked("/")];
  return {
    name: "couchdb",
    image: upstreamImage(images, "couchdb", plan.fabricVersion),
    ports: [{ name: "metrics", containerPort: ports.couchdbMetrics }],
    env: [credential("COUCHDB_USER", secretName, "username"), credential("COUCHDB_PASSWORD", secretName, "password")],
    volumeMounts: [
      { name: volume, mountPath: "/opt/couchdb/data", subPath: "couchdb" },
      // Read after the image's own file in default.d, which makes CouchDB listen on all addresses.
      { name: configurationVolume, mountPath: "/opt/couchdb/etc/default.d/20-baas.ini", subPath: "baas.ini" },
      // The image's entry point writes the password there.
      { name: localVolume, mountPath: "/opt/couchdb/etc/local.d" },
      { name: localVolume, mountPath: "/tmp", subPath: "tmp" },
    ],
    startupProbe: { ...up, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 60 },
    readinessProbe: { ...up, periodSeconds: 10, timeoutSeconds: 5 },
    livenessProbe: { ...answers, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 6 },
    resources: resourcesOf(plan.size, "couchdb"),
    ...containerDefaults,
    // The volume belongs to the pod's group. Under OpenShift no user can be chosen; the image takes any.
    ...(plan.pods.security === "restricted" && {
      securityContext: { ...containerDefaults.securityContext, runAsUser: couchdbUser, runAsGroup: couchdbUser },
    }),
  };
}

/** A variable that is filled from a key of the Secret. */
function credential(variable: string, secretName: string, key: string): k8sInput.core.v1.EnvVar {
  return { name: variable, valueFrom: { secretKeyRef: { name: secretName, key } } };
}

/** Databases on localhost alone; metrics, which say nothing of what is in them, for who may read those of the peer. */
const settings = (ipFamilies: IpFamilies): string => `[chttpd]
bind_address = 127.0.0.1
port = ${ports.couchdb}
[prometheus]
additional_port = true
bind_address = ${anyAddress(ipFamilies).replace(/[[\]]/g, "")}
port = ${ports.couchdbMetrics}
[couchdb]
single_node = true
`;
