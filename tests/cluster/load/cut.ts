/** A break between two groups of pods that begins, and ends later. */
import { organizationLabel, roleLabel } from "../../../model/contracts/labels";
import type { FabricCluster } from "../fabricCluster";
import { whilePartitioned } from "./partition";

/** Addresses of the pods of a namespace that run. */
export async function addresses(
  fabric: FabricCluster,
  namespace: string,
  component?: string,
  organization?: string,
): Promise<string[]> {
  const labels = { [roleLabel]: component, [organizationLabel]: organization };
  const wanted = Object.entries(labels).flatMap(([label, value]) => (value === undefined ? [] : [`${label}=${value}`]));
  const which = ["--field-selector=status.phase=Running", `--selector=${wanted.join(",")}`];
  return (await fabric.list("pods", "-n", namespace, ...which)).map(({ status }) => status.podIP);
}

/** A break between two groups of pods. */
export class Cut {
  private readonly mended = Promise.withResolvers<void>();
  private over: Promise<void> = Promise.resolve();

  constructor(
    private readonly fabric: FabricCluster,
    private readonly sides: () => Promise<[string[], string[]]>,
  ) {}

  async begin(): Promise<void> {
    this.over = whilePartitioned(this.fabric.cluster, await this.sides(), () => this.mended.promise);
  }

  async end(): Promise<void> {
    this.mended.resolve();
    await this.over;
  }
}
