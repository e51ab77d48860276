/** How long Pulumi waits for what takes longer than its own ten minutes. */

/** Longest wait for all nodes of a network, or of the platform, to restart one after another. */
export const longestRoll = "4h";
