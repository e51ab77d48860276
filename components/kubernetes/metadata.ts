/** What an object is called and whose it is, as every component hands it to what makes its objects. */

/** Metadata of an object that belongs to a workload. Its labels select the workload's pods too. */
export interface ObjectMetadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}
