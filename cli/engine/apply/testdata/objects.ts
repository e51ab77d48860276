/** What the tests of apply and destroy declare: a small network with a ledger, and what may be in it. */

/** An object with the options of its resource, as the project beside this file takes it. */
export interface Declared {
  object: any;
  options?: Record<string, unknown>;
}

/** Name of the stand-in image. */
export const image = "example.com/apply/stand-in:1.0";
/** API group of the platform's kind. */
export const group = "apply-test.baas.example";
/** Namespace of the network. */
export const namespace = "apply-net";

export const namespaceObject = (name: string): Declared => ({
  object: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  options: { retainOnDelete: true },
});

export const definition: Declared = {
  object: {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  },
  options: { retainOnDelete: true },
};

export const configMap = (name: string, data: Record<string, string>, options?: Record<string, unknown>): Declared => ({
  object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data },
  ...(options && { options }),
});

export const service: Declared = {
  object: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "ledger", namespace },
    spec: { clusterIP: "None", selector: { app: "ledger" }, ports: [{ port: 80 }] },
  },
};

/** A StatefulSet that writes a line to its volume at each start. */
export function ledger({ storage = "10Mi", serviceName = "ledger", pod = {}, container = {} } = {}): Declared {
  return {
    object: {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "ledger", namespace },
      spec: {
        serviceName,
        replicas: 1,
        selector: { matchLabels: { app: "ledger" } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        template: {
          metadata: { labels: { app: "ledger" } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: "ledger",
                image,
                command: ["sh", "-c", "echo started >> /data/log; exec sleep 100000"],
                volumeMounts: [{ name: "data", mountPath: "/data" }],
                ...container,
              },
            ],
            ...pod,
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
          },
        ],
      },
    },
    options: { ignoreChanges: ["spec.volumeClaimTemplates"] },
  };
}

export const deployment = (name: string, app: string, container: Record<string, unknown> = {}): Declared => ({
  object: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: "main", image, command: ["sleep", "100000"], ...container }],
        },
      },
    },
  },
});

/** Namespace of {@link scaled}. */
export const scaledNamespace = "apply-scaled";

/** A Deployment whose declared number of pods is less than its autoscaler's least one. */
export function scaled(annotations: Record<string, string> = {}): Declared[] {
  const metadata = { name: "scaled", namespace: scaledNamespace };
  const { spec } = deployment("scaled", "scaled").object;
  const target = { type: "AverageValue", averageValue: "700m" };
  return [
    namespaceObject(scaledNamespace),
    {
      object: {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { ...metadata, annotations } },
        spec: { ...spec, replicas: 1 },
      },
      options: { ignoreChanges: ["spec.replicas"] },
    },
    {
      object: {
        ...{ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "scaled" },
          ...{ minReplicas: 2, maxReplicas: 3 },
          metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
        },
      },
    },
  ];
}

/** A Job whose program says something, and ends. */
export const job = (name: string, says: string, exitCode: number): Declared => ({
  object: {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace, annotations: { "pulumi.com/replaceUnready": "true" } },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [
            { name: "main", image, command: ["sh", "-c", `echo ${says} > /dev/termination-log; exit ${exitCode}`] },
          ],
        },
      },
    },
  },
});

export const thing: Declared = {
  object: {
    apiVersion: `${group}/v1`,
    kind: "Thing",
    metadata: { name: "one", namespace, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
    spec: { size: 1 },
  },
};

export const network = (...more: Declared[]): Declared[] => [namespaceObject(namespace), service, ledger(), ...more];
export const settings = { platform: "plat", secretIn: namespace, namespace };
