/** Guesses what a misspelt word means. */
import leven from "leven";

/** A question to append to an error: ` Did you mean "network"?`; empty if no candidate is near. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const likely = closest(written, candidates);
  return likely === undefined ? "" : ` Did you mean "${likely}"?`;
}

/**
 * Guesses the candidate that was meant: the nearest one, if at most a third of its letters differ, or else one that contains
 * the given text.
 */
export function closest(written: string, candidates: readonly string[]): string | undefined {
  const word = written.toLowerCase();
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: leven(word, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3) && distance < candidate.length)
    .sort((a, b) => a.distance - b.distance);
  return (
    nearest?.candidate ?? candidates.find((candidate) => word.length >= 3 && candidate.toLowerCase().includes(word))
  );
}
