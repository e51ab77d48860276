/** `baas render`: writes a stack's Kubernetes objects to files. */
import { relative, resolve } from "node:path";

import { baas } from "../../model/baasCommand";
import { readProject } from "../../model/files/project";
import { UserError } from "../../model/userError";
import { paintFor } from "../common/colors";
import { findProject } from "../common/project";
import { builtImages } from "../engine/declared/builtImages";
import { ProgramError } from "../engine/declared/diagnostics";
import type { ProgramResult } from "../engine/declared/registration";
import { withoutSecretData } from "../engine/kubernetes/manifest";
import { manifests } from "../engine/kubernetes/manifests";
import { strictCheck } from "../engine/kubernetes/strictCheck";
import { diagnosticsText } from "../engine/preview/previewText";
import { runProgram } from "../engine/program/programs";
import { writeRenderRecord } from "../engine/record/writeRecord";
import { ownFiles, type Rendered, renderTo } from "../engine/render/render";

export async function run({ stack, out }: { stack: string; out: string }): Promise<number> {
  if (out === "") throw new UserError("--out is empty; give it a folder");
  const projectDir = findProject();
  const folder = resolve(out);
  ownFiles(folder, stack);
  const result = await declared(projectDir, stack);
  if (result === undefined) return 1;
  strictCheck(result);
  const rendered = renderTo(folder, result);
  writeRenderRecord(result, relative(projectDir, folder));
  process.stdout.write(summary(result, rendered, relative(process.cwd(), folder) || "."));
  return 0;
}

async function declared(projectDir: string, stack: string): Promise<ProgramResult | undefined> {
  const paint = paintFor(process.stderr);
  const view = { project: readProject(projectDir).name, stack };
  try {
    const result = await runProgram({ projectDir, stack, dryRun: true });
    process.stderr.write(diagnosticsText(result.diagnostics, view, paint));
    return result;
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    process.stderr.write(diagnosticsText(error.diagnostics, view, paint));
    return undefined;
  }
}

function summary(result: ProgramResult, { created, changed, unchanged, removed }: Rendered, folder: string): string {
  const count = created.length + changed.length + unchanged.length;
  const details = Object.entries({ created, changed, unchanged, removed })
    .filter(([, files]) => files.length > 0)
    .map(([what, files]) => `${files.length} ${what}`)
    .join(", ");
  const built = builtImages(result).map(({ reference }) => `  ${reference}\n`);
  const imagesNote =
    built.length === 0 ? "" : `They use images that "${baas("apply", result.stack)}" builds:\n${built.join("")}`;
  const withheld = manifests(result)
    .filter((manifest) => withoutSecretData(manifest).filledAtApply.length > 0)
    .map(({ name }) => name);
  const withheldNote =
    withheld.length === 0
      ? ""
      : `These Secrets have no data; only "${baas("apply", result.stack)}" fills it in: ${withheld.join(", ")}.\n`;
  const others = result.references.map((stack) => `apply stack "${stack}", then: `).join("");
  return (
    `${count} manifests of stack "${result.stack}" are in ${folder} (${details}).\n${imagesNote}${withheldNote}` +
    `Next: ${others}kubectl apply --server-side -f ${folder}\n`
  );
}
