/** The lines of a text that differ, with a little of what is around them. */

const context = 2;

/** Lines of a unified diff without its header: ` `, `-` or `+` before each, `@@` where lines are left out. */
export function lineDifference(before: string, after: string): string[] {
  const [old, now] = [before, after].map((text) => text.replace(/\n$/, "").split("\n")) as [string[], string[]];
  const edits = shortestEdits(old, now);
  const isNear = edits.map((_, i) =>
    edits.slice(Math.max(0, i - context), i + context + 1).some(({ sign }) => sign !== " "),
  );
  return edits.flatMap(({ sign, line, at }, i) => {
    if (!isNear[i]) return [];
    const opens = i > 0 && !isNear[i - 1];
    return [...(opens || (i === 0 && at > 1) ? [`@@ line ${at} @@`] : []), `${sign} ${line}`.trimEnd()];
  });
}

interface Edit {
  sign: " " | "-" | "+";
  line: string;
  /** Its number in the new text, or the number that it would have. */
  at: number;
}

/** By the longest common subsequence of what is left between the equal start and the equal end. */
function shortestEdits(old: readonly string[], now: readonly string[]): Edit[] {
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
  let end = 0;
  const room = Math.min(old.length, now.length) - start;
  while (end < room && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
  const [a, b] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const edits: Edit[] = now.slice(0, start).map((line, i) => ({ sign: " ", line, at: i + 1 }));
  const lengths = commonLengths(a, b);
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const at = start + j + 1;
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({ sign: " ", line: a[i]!, at });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      edits.push({ sign: "-", line: a[i++]!, at });
    } else {
      edits.push({ sign: "+", line: b[j++]!, at });
    }
  }
  const rest = now.length - end;
  return [...edits, ...now.slice(rest).map((line, k): Edit => ({ sign: " ", line, at: rest + k + 1 }))];
}

/** How many lines the ends of two texts from a line on have in common. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] = a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}
