/** Guesses what a misspelt word means. */
import leven from "leven";

import { inQuotes } from "./messageText";

/** A question to append to an error: ` Did you mean "network"?`; empty if no candidate is near. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const likely = closest(written, candidates);
  return likely === undefined ? "" : ` Did you mean ${inQuotes(likely)}?`;
}

/** Longest name that is compared, in characters. */
const longest = 200;

/**
 * Guesses the candidate that was meant: the nearest one, if at most a third of its letters differ, or else one that contains
 * the given text.
 */
export function closest(written: string, candidates: readonly string[]): string | undefined {
  const word = written.toLowerCase();
  const [nearest] = candidates
    .map((candidate) => ({ candidate, most: Math.max(2, candidate.length / 3) }))
    // Each letter more or less is a difference. Without this, long texts would take long.
    .filter(({ candidate, most }) => Math.abs(word.length - candidate.length) <= most && candidate.length <= longest)
    .map(({ candidate, most }) => ({ candidate, most, distance: leven(word, candidate.toLowerCase()) }))
    .filter(({ candidate, most, distance }) => distance <= most && distance < candidate.length)
    .sort((a, b) => a.distance - b.distance);
  return (
    nearest?.candidate ?? candidates.find((candidate) => word.length >= 3 && candidate.toLowerCase().includes(word))
  );
}
