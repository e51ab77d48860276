/** When the secrets with which nodes and registrars enrol are replaced. */
import { rotatedAnnotation } from "../../../../model/contracts/annotations";
import type { Secret } from "../resources";
import { type Life, shareOf } from "./renewalDue";

/**
 * Age at which a secret is replaced, as a share of the life of certificates: every four months with certificates of a year. Later by
 * up to a fifth of that, so that not all are replaced at one time.
 */
const rotationShare = 1 / 3;
const spread = 0.2;

/**
 * Whether a secret is so old that it is replaced.
 *
 * @param life - of a certificate that the CA has issued
 * @param now - in milliseconds since 1970
 */
export function isRotationDue({ metadata }: Secret, { from, until }: Life, now: number): boolean {
  const { name, namespace, annotations, creationTimestamp } = metadata;
  const since = Date.parse(annotations?.[rotatedAnnotation] ?? creationTimestamp ?? "");
  return now > since + (until - from) * rotationShare * (1 + spread * shareOf(`${namespace}/${name}`));
}

/** The annotation of a secret that is replaced now. */
export function rotationMark(now: number): Record<string, string> {
  return { [rotatedAnnotation]: new Date(now).toISOString() };
}
