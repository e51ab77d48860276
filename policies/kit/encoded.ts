/** Texts in Base64 inside texts. */
import { rememberedByText } from "./remembered";

/** How often a text may be encoded. */
const mostLayers = 3;

/** The texts that stand in a text in Base64, those in them included. Keys, hashes and certificates are no texts. */
export const decodedIn = rememberedByText((text: string): readonly string[] => decoded(text, mostLayers));

function decoded(text: string, layers: number): string[] {
  if (layers === 0) return [];
  const isAll = /^[A-Za-z\d+/_=\s-]{20,}$/.test(text) && /\s/.test(text.trim());
  const runs = isAll ? [text] : (text.match(/[A-Za-z\d+/_-]{20,}={0,2}/g) ?? []);
  return runs.flatMap((run) => {
    const found = Buffer.from(run, "base64").toString();
    return isText(found) ? [found, ...decoded(found, layers - 1)] : [];
  });
}

/** Whether bytes are a text: without signs of control, and beginning with letters that everybody has. */
function isText(value: string): boolean {
  return value.length >= 15 && !/[\0-\x08\x0E-\x1F\x7F\uFFFD]/.test(value) && /^[\x20-\x7E\s]{15}/.test(value);
}
