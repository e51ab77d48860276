import { expect, it } from "vitest";

import { copyInstructions } from "./copyInstructions";

it.each([
  ["one source", "COPY src ./src", [{ sources: ["src"], destination: "./src" }]],
  ["several sources", "copy a  b/c.ts d* ./", [{ sources: ["a", "b/c.ts", "d*"], destination: "./" }]],
  ["ADD", "ADD archive.tar /", [{ sources: ["archive.tar"], destination: "/" }]],
  ["flags", "COPY --link --chown=1000:1000 --chmod=755 a b ./", [{ sources: ["a", "b"], destination: "./" }]],
  ["JSON", 'COPY ["a name", "b", "./"]', [{ sources: ["a name", "b"], destination: "./" }]],
  ["JSON after flags", 'COPY --chown=$USER ["a", "./"]', [{ sources: ["a"], destination: "./" }]],
  ["a variable in the destination", "COPY a ${HOME}/", [{ sources: ["a"], destination: "${HOME}/" }]],
  [
    "lines that are continued",
    "COPY a \\\n  # why b\n\n  b \\ \n  ./\r\nUSER 1",
    [{ sources: ["a", "b"], destination: "./" }],
  ],
  ["other stages and images", "COPY --from=build a ./\nCOPY --chown=1 --from=alpine:3 /b ./", []],
  ["comments", "# COPY a ./\n  # COPY b ./", []],
  ["other instructions", "FROM scratch AS copy\nWORKDIR /src\nRUN --mount=type=cache,target=/c COPY=1 make", []],
  ["what is mounted from a stage", "RUN --mount=type=bind,from=build,target=/src make", []],
])("reads %s", (_, dockerfile, copies) => {
  expect(copyInstructions(dockerfile)).toEqual(copies);
});

it.each([
  ["a variable", "COPY $FOLDER ./"],
  ["a quote", 'COPY "a name" ./'],
  ["an escaped character", "COPY a\\ name ./"],
  ["a class of characters", "COPY [ab].ts ./"],
  ["a URL", "ADD https://example.com/a.tar ./"],
  ["a Git repository", "ADD git@example.com:a.git ./"],
  ["a heredoc", "COPY <<EOF /a\nCOPY b\nEOF"],
  ["a heredoc of RUN", "RUN <<EOF\nmake \\\nEOF\nCOPY a ./"],
  ["one path only", "COPY a"],
  ["JSON with something else than texts", 'COPY [1, "./"]'],
  ["a mount of the context", "RUN --network=none --mount=target=/src make"],
  ["a mount of the context with its type", "RUN --mount=type=cache,target=/c --mount=type=bind,target=/src make"],
  ["a trigger for other builds", "ONBUILD COPY a ./"],
  ["another escape character", "# escape=`\nFROM scratch"],
])("does not know what %s takes", (_, dockerfile) => {
  expect(copyInstructions(`${dockerfile}\nCOPY c ./\n`)).toBeUndefined();
});
