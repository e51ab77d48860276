/** The node-exporter of the platform of environment `bank`, which has one, and what is nearly that. */
import { container, object, podSpec, type Resource } from "./fixtures";

const own = { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "node-exporter" };
const stack = "platform-bank";
const usual = "baas-platform-node-exporter";

/** Changes of {@link nodeExporter}. */
export interface NodeExporterChanges {
  namespace?: string;
  kind?: string;
  /** Folder of the machine. */
  path?: string;
  mount?: object;
  security?: object;
  /** Further fields of its pods. */
  spec?: object;
}

/** Its DaemonSet. */
export function nodeExporter(changes: NodeExporterChanges = {}): Resource {
  const { namespace = usual, kind = "DaemonSet", path = "/", mount, security, spec } = changes;
  const nobody = {
    runAsUser: 65534,
    runAsGroup: 65534,
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const volumeMounts = [{ name: "machine", mountPath: "/machine", readOnly: true, ...mount }];
  const pod = podSpec(
    {
      securityContext: { ...nobody, ...security },
      volumes: [{ name: "machine", hostPath: { path } }],
      ...spec,
    },
    [container({ volumeMounts })],
  );
  const metadata = { name: "node-exporter", namespace, labels: own };
  const template = { metadata: { labels: own }, spec: pod };
  const manifest = { apiVersion: "apps/v1", kind, metadata, spec: { selector: { matchLabels: own }, template } };
  return object(manifest, { stack });
}

/** A Namespace that enforces nothing: its own, or another. */
export function ofMachines(name = usual): Resource {
  const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
  return object({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }, { stack });
}
