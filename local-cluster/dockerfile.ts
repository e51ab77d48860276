/** Finds the base images of a Dockerfile, so that they can be provided before the build. */

/**
 * The images that a Dockerfile builds on: those of its FROM lines and of `COPY --from`, without its own stages and
 * `scratch`. Build arguments in a FROM line take their defaults from ARG lines before it.
 */
export function baseReferences(dockerfile: string): string[] {
  const stages = new Set<string>();
  const values: Record<string, string> = {};
  const found = new Set<string>();
  const lines = dockerfile.replace(/\\\r?\n/g, " ").split("\n");
  const expand = (text: string) =>
    text.replace(/\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)/g, (_, braced: string, fallback: string, bare: string) => {
      return values[braced ?? bare] ?? fallback ?? "";
    });
  const add = (reference: string) => {
    const known = stages.has(reference.toLowerCase()) || /^\d+$/.test(reference) || reference === "scratch";
    if (reference && !known) found.add(reference);
  };
  for (const line of lines) {
    const argument = /^\s*ARG\s+(\w+)(?:=(\S+))?/i.exec(line);
    if (argument?.[2]) values[argument[1]] = argument[2].replace(/^["']|["']$/g, "");
    const from = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (from) {
      add(expand(from[1]));
      if (from[2]) stages.add(from[2].toLowerCase());
    }
    const copy = /^\s*COPY\s+.*--from=(\S+)/i.exec(line);
    if (copy) add(expand(copy[1]));
  }
  return [...found];
}
