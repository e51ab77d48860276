/** The settings of the session program. */
import { z } from "zod";

import type { StudioEditorSettings } from "../../../../model/contracts/studioEditor";
import { checkedSettings, readSettingsFile } from "../../../common/settingsFile";

const text = z.string().min(1);

const settingsSchema = z.strictObject({
  network: text,
  channel: text,
  chaincode: text,
  version: text,
  api: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      tokenFile: text.optional(),
      rootFile: text.optional(),
      identities: z.array(z.strictObject({ name: text, mspId: text, callsHere: z.boolean() })).min(1),
      organizations: z.array(text),
    })
    .optional(),
  source: text.optional(),
  stackFile: z.strictObject({ path: text, content: text }).optional(),
  remote: z.strictObject({ url: text, base: text, name: text.optional(), branches: text.optional() }).optional(),
  repository: text.optional(),
});

/**
 * Reads the settings.
 *
 * @throws Failure that names the mistakes
 */
export function readSettings(path: string): StudioEditorSettings {
  return readSettingsFile<unknown>(settingsSchema, path) as StudioEditorSettings;
}

/**
 * Checks settings.
 *
 * @throws Failure that names the mistakes
 */
export function parseSettings(value: unknown): StudioEditorSettings {
  return checkedSettings<unknown>(settingsSchema, value) as StudioEditorSettings;
}
