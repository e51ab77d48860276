/** The API group of all custom resources, which is also the prefix of this project's labels and annotations. */
export const group = "baas.io";

/** API version of all custom resources. */
export const apiVersion = `${group}/v1alpha1`;
