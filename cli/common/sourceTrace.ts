/** Stack traces with positions in the sources, although the running code is built into one file. */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";

/**
 * Returns an error's stack trace with positions in the sources instead of the build. Node can map every trace itself, but
 * would then read the source map at each start, and Pulumi's SDK takes a trace of every resource and every promise.
 */
export function traceInSources({ message, stack = message }: Error): string {
  const mapFile = `${__filename}.map`;
  if (!existsSync(mapFile)) return stack; // A test runs the sources, not a build.
  const map = new SourceMap(JSON.parse(readFileSync(mapFile, "utf8")));
  return stack.replaceAll(/([^\s(]+\.cjs):(\d+):(\d+)/g, (place, file, line, column) => {
    if (file !== __filename) return place;
    const origin = map.findOrigin(Number(line), Number(column));
    if (!("fileName" in origin)) return place;
    const source = relative(process.cwd(), resolve(dirname(__filename), origin.fileName));
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}
