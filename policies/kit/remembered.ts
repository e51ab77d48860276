/** What is found out about a text once, whatever number of policies and objects ask. */

/** How many characters the remembered texts may have together: the process of previews stays. */
const capacity = 2 ** 23;

/** A function of a text that remembers its results, under the Pulumi CLI for objects that policies get anew, too. */
export function rememberedByText<T>(ask: (text: string) => T): (text: string) => T {
  const remembered = new Map<string, { answer: T }>();
  let characters = 0;
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known.answer;
    const answer = ask(text);
    characters += text.length;
    if (characters > capacity) {
      remembered.clear();
      characters = text.length;
    }
    remembered.set(text, { answer });
    return answer;
  };
}
