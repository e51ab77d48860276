/** A headless Chromium for tests: the distribution's, which is fetched and not installed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Browser, chromium } from "playwright-core";

import { ensurePackages } from "../../local-cluster/debianPackages";
import { LocalError } from "../../local-cluster/localError";
import { progressTo } from "../../local-cluster/progress";
import { tryRun } from "../../local-cluster/run";

/**
 * Starts Chromium, or says why there is none.
 *
 * @param args - further switches
 */
export async function startChromium(args: string[] = []): Promise<Browser | string> {
  const { code } = await tryRun("apt-get", ["--version"]).catch(() => ({ code: 1 }));
  if (code !== 0) return "Chromium is fetched on Debian and Ubuntu only";
  try {
    const quiet = progressTo(() => undefined);
    const packages = await ensurePackages(["chromium-headless-shell", "fonts-dejavu-core"], quiet);
    return await chromium.launch({
      executablePath: packages.file("/usr/lib/chromium/chromium-headless-shell"),
      env: {
        ...packages.env,
        LD_LIBRARY_PATH: [packages.env.LD_LIBRARY_PATH, ...pulseFolders(packages.env.LD_LIBRARY_PATH)].join(":"),
        FONTCONFIG_FILE: fontsFile(packages.file("/usr/share/fonts/truetype/dejavu")),
      },
      // Tests run as root in many places, where its sandbox does not work.
      chromiumSandbox: false,
      args,
    });
  } catch (error) {
    if (error instanceof LocalError) return error.problem;
    throw error;
  }
}

/** Folders where Debian has a library of PulseAudio that Chromium is linked with. */
function pulseFolders(libraries: string): string[] {
  return libraries.split(":").map((folder) => join(folder, "pulseaudio"));
}

/** A configuration of fonts that has these only. */
function fontsFile(fonts: string): string {
  const folder = mkdtempSync(join(tmpdir(), "baas-fonts-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "fonts.conf");
  writeFileSync(file, `<fontconfig><dir>${fonts}</dir><cachedir>${folder}</cachedir></fontconfig>`);
  return file;
}
