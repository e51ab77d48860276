/** The ledger of the tests in JavaScript, which is made from that in TypeScript. */
import { format } from "prettier";
import ts from "typescript";

/** A module without types, as CommonJS. */
export function javascriptOf(source: string): Promise<string> {
  const { ESNext } = ts.ScriptTarget;
  const compilerOptions = { target: ESNext, module: ts.ModuleKind.ESNext, useDefineForClassFields: false };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const script = outputText
    .replace(/^import (\{[^}]*\}) from ("[^"]+");$/gm, "const $1 = require($2);")
    .replace(/^export class (\w+)/gm, "exports.$1 = class $1");
  return format(script, { parser: "babel", printWidth: 120 });
}
