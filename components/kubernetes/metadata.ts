/** Name, namespace and labels of an object, as components pass them to the functions that create objects. */

/** Metadata of an object that belongs to a workload. Its labels select the workload's pods too. */
export interface ObjectMetadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}
