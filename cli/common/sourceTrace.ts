/** Stack traces with positions in the sources, although the running code is built into one file. */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";

/**
 * Returns an error's stack trace with positions in the sources instead of the build. Node can map every trace itself, but
 * would then read the source map at each start, and Pulumi's SDK takes a trace of every resource and every promise.
 */
export function traceInSources({ message, stack = message }: Error): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replaceAll(/((?:\/|\w:\\)[^()\n]*\.cjs):(\d+):(\d+)/g, (place, file: string, line, column) => {
    if (!maps.has(file)) maps.set(file, mapOf(file));
    const origin = maps.get(file)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !("fileName" in origin)) return place;
    const source = relative(process.cwd(), resolve(dirname(file), origin.fileName));
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

function mapOf(file: string): SourceMap | undefined {
  const map = `${file}.map`;
  return existsSync(map) ? new SourceMap(JSON.parse(readFileSync(map, "utf8"))) : undefined;
}
