/**
 * What all custom resources share: the CustomResourceDefinition around a schema, and the status.
 * Kubernetes API reference: CustomResourceDefinition v1 apiextensions.k8s.io.
 */
import { apiVersion, group } from "../contracts/apiGroup";
import type { Described, Schema, Validation } from "./schema";

/**
 * A version of a kind that the API serves. All versions of a kind have one schema: the API server converts objects by their
 * `apiVersion` alone (strategy `None`, its default). A webhook would make every read and write wait for the controller.
 * Fields that replace others are therefore optional and stand beside them (docs/upgrading.md).
 */
export interface Version {
  /** Such as `v1alpha1`. */
  name: string;
  /** Whether the cluster's database has objects in this version: exactly one does. */
  storage: boolean;
  /** What the API server tells those who still use it. */
  deprecationWarning?: string;
}

/** A kind of custom resource, as Platform installs it. */
export interface Definition<Spec = unknown> {
  kind: string;
  /** Plural, lower-case name in the API's paths. */
  plural: string;
  shortNames: string[];
  description: string;
  /** Schema of `spec`. */
  spec: Schema<Spec>;
  /** What the controller writes into `status` beside the conditions. */
  observed?: Record<string, Schema>;
  /** Rules across `spec` and `status`. */
  validations?: Validation[];
  /** Versions, the newest first. Default: only the one that this project uses. */
  versions?: Version[];
  /** Columns of `kubectl get` before READY and AGE: name and JSON path. */
  columns: { name: string; jsonPath: string }[];
}

/** `spec` of the objects of a kind. */
export type SpecOf<D extends Definition> = Described<D["spec"]>;

/** A condition as the Kubernetes API conventions describe it. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** ISO 8601. */
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** The status of every custom resource, as the controller last wrote it. */
export interface Status {
  /** The metadata.generation that the conditions describe. */
  observedGeneration?: number;
  conditions?: Condition[];
}

const statusSchema: Schema<Status> = {
  type: "object",
  description: "What the controller last saw and did.",
  properties: {
    observedGeneration: {
      type: "integer",
      format: "int64",
      description: "The metadata.generation that the conditions are about.",
    },
    conditions: {
      type: "array",
      description: "Conditions as the Kubernetes API conventions describe them; Ready sums them up.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: {
        type: "object",
        required: ["type", "status", "lastTransitionTime", "reason", "message"],
        properties: {
          type: { type: "string", maxLength: 316 },
          status: { type: "string", enum: ["True", "False", "Unknown"] },
          observedGeneration: { type: "integer", format: "int64" },
          lastTransitionTime: { type: "string", format: "date-time" },
          reason: { type: "string", maxLength: 1024 },
          message: { type: "string", maxLength: 32768 },
        },
      },
    },
  },
};

/** Name of a definition's CustomResourceDefinition. */
export function definitionName(definition: Definition): string {
  return `${definition.plural}.${group}`;
}

/** The version that this project uses. */
const presentVersion = apiVersion.split("/")[1]!;

/**
 * `spec` of the CustomResourceDefinition of a kind.
 *
 * @throws Error when its versions do not have the present one, or not one with `storage`
 */
export function definitionSpec(definition: Definition) {
  const { kind, plural, shortNames, description, columns, observed, validations } = definition;
  const { versions = [{ name: presentVersion, storage: true }] } = definition;
  if (!versions.some(({ name }) => name === presentVersion))
    throw new Error(`${kind} does not serve ${presentVersion}`);
  if (versions.filter(({ storage }) => storage).length !== 1) throw new Error(`${kind} is not stored in one version`);
  const spec: Record<string, unknown> = definition.spec;
  const { properties } = statusSchema as { properties: Record<string, Schema> };
  const status: Record<string, unknown> = { ...statusSchema, properties: { ...properties, ...observed } };
  return {
    group,
    scope: "Namespaced",
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories: ["baas"] },
    versions: versions.map(({ name, storage, deprecationWarning }) => ({
      name,
      served: true,
      storage,
      ...(deprecationWarning !== undefined && { deprecated: true, deprecationWarning }),
      subresources: { status: {} },
      additionalPrinterColumns: [
        ...columns.map((column) => ({ ...column, type: "string" })),
        { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
        { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
      ],
      schema: {
        openAPIV3Schema: {
          type: "object",
          description,
          required: ["spec"],
          properties: { spec, status },
          ...(validations && { "x-kubernetes-validations": validations }),
        },
      },
    })),
  };
}
