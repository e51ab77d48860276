/**
 * What all custom resources share: API group, the CustomResourceDefinition around a schema, and the status.
 * Kubernetes API reference: CustomResourceDefinition v1 apiextensions.k8s.io.
 */

/** API group of all custom resources. */
export const group = "baas.io";
/** API version of all custom resources. */
export const apiVersion = `${group}/v1alpha1`;

/** Label that names the network an object belongs to. */
export const networkLabel = `${group}/network`;

/** A structural OpenAPI v3 schema, as a CustomResourceDefinition takes it. */
export type Schema = Record<string, unknown>;

/** A kind of custom resource, as Platform installs it. */
export interface Definition {
  kind: string;
  /** Plural, lower-case name in the API's paths. */
  plural: string;
  shortNames: string[];
  description: string;
  /** Schema of `spec`. */
  spec: Schema;
  /** Columns of `kubectl get` before READY and AGE: name and JSON path. */
  columns: { name: string; jsonPath: string }[];
}

/** A string field. */
export function string(
  description: string,
  rules: { pattern?: string; maxLength?: number; enum?: string[] } = {},
): Schema {
  return { type: "string", description, minLength: 1, maxLength: rules.maxLength ?? 253, ...rules };
}

/** An integer field. */
export function integer(description: string, minimum: number, maximum: number): Schema {
  return { type: "integer", description, minimum, maximum };
}

/** An object whose fields are all required, except the optional ones. */
export function object(
  description: string,
  properties: Record<string, Schema>,
  rules: { optional?: string[]; validations?: { rule: string; message: string }[] } = {},
): Schema {
  const required = Object.keys(properties).filter((key) => !rules.optional?.includes(key));
  return {
    type: "object",
    description,
    properties,
    required,
    ...(rules.validations === undefined ? {} : { "x-kubernetes-validations": rules.validations }),
  };
}

/** A list of objects that `key` tells apart. */
export function keyedList(description: string, key: string, items: Schema, maxItems: number, minItems = 1): Schema {
  return {
    type: "array",
    description,
    items,
    minItems,
    maxItems,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": [key],
  };
}

/** A CEL rule that forbids changing a field. */
export function immutable(field: string): { rule: string; message: string } {
  return { rule: `self.${field} == oldSelf.${field}`, message: `${field} cannot be changed` };
}

const statusSchema: Schema = {
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

/** `spec` of the CustomResourceDefinition of a kind. */
export function definitionSpec(definition: Definition) {
  const { kind, plural, shortNames, description, spec, columns } = definition;
  return {
    group,
    scope: "Namespaced",
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories: ["baas"] },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
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
            properties: { spec, status: statusSchema },
          },
        },
      },
    ],
  };
}
