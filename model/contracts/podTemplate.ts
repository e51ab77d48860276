/** Which part of a node's pod template a restart is needed for. Components hash it, and the controller compares it. */
import { compareText, isPlainObject } from "../plainData";
import { caNamesOf } from "./certificateAuthority";
import { enrolContainerName, initCaContainerName } from "./enrolment";
import { ethereumNodeContainerName } from "./ethereum";
import { platformEnrolContainerName } from "./platformCa";

/**
 * A node's pod template without what needs no restart, as text: equal texts, equal pods. Left out are the images of this
 * project's own init containers, which change with each release: a pod takes the new one at its next start.
 *
 * @param template - a PodTemplateSpec
 */
export function restartingPart(template: unknown): string {
  return JSON.stringify(sorted(withoutOwnImages(template as Template)));
}

interface Template {
  spec?: { initContainers?: { name: string; image?: string }[] };
}

/** Names of the init containers with images of this project. */
export const ownInitContainers: readonly string[] = [
  ...[enrolContainerName, initCaContainerName, ethereumNodeContainerName],
  ...caNamesOf.platform.map(platformEnrolContainerName),
];

function withoutOwnImages(template: Template): Template {
  const initContainers = template.spec?.initContainers?.map((container) =>
    ownInitContainers.includes(container.name) ? { ...container, image: "" } : container,
  );
  return initContainers === undefined ? template : { ...template, spec: { ...template.spec, initContainers } };
}

/** A value whose objects have their keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compareText(a, b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
