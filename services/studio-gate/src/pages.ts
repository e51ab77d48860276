/** The pages of a gate itself. They load nothing. */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

import { studioPaths } from "../../../model/contracts/studio";

// The link's secret is behind "#", which browsers do not send, so it is in no log, and no program that looks at links uses it up.
const script = `
const say = (text) => { document.querySelector("p").textContent = text; };
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
if (secret === "") say("This link has no secret. Get one: baas studio open");
else fetch("${studioPaths.enter}", { method: "POST", body: secret }).then(
  async (answer) => { if (answer.ok) location.replace("/"); else say(await answer.text()); },
  () => say("The gate does not answer. Try again."),
);
`;

const style =
  "body{font:16px system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem;color:#222;background:#fff}" +
  "@media(prefers-color-scheme:dark){body{color:#ddd;background:#1e1e1e}}code{background:#8882;padding:.1em .3em}";

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const security = {
  "cache-control": "no-store",
  "content-security-policy": `default-src 'none'; connect-src 'self'; script-src ${hash(script)}; style-src ${hash(style)}; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const html = (body: string): string =>
  `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Chaincode studio</title><style>${style}</style>${body}</html>\n`;

/** The page that a one-time link leads to. */
export function enterPage(response: ServerResponse): void {
  const body = `<h1>Chaincode studio</h1><p role="status">The session starts…</p><script>${script}</script>`;
  response.writeHead(200, { ...security, "content-type": "text/html; charset=utf-8" }).end(html(body));
}

const byLink = "<p><code>./baas studio open NETWORK</code></p>";

/**
 * What a browser that has not signed in sees.
 *
 * @param provider - name of the host that signs in
 */
export function signInPage(response: ServerResponse, session: string, provider?: string): void {
  const also =
    provider === undefined
      ? "Open it"
      : `<a href="${studioPaths.signIn}">Sign in</a> at ${escaped(provider)}, or open it`;
  const body = `<h1>Chaincode studio</h1><p>This is the session ${session}. ${also} with a link that works once:</p>${byLink}`;
  response.writeHead(401, { ...security, "content-type": "text/html; charset=utf-8" }).end(html(body));
}

/** What a browser sees that was not signed in at a provider. */
export function notSignedInPage(response: ServerResponse, status: number, reason: string): void {
  const sentence = `You are not signed in: ${reason}${reason.endsWith(".") ? "" : "."}`;
  const again = `<a href="${studioPaths.signIn}?${anew}">Sign in anew</a>, or open the session with a link that works once:`;
  const body = `<h1>Chaincode studio</h1><p role="alert">${escaped(sentence)}</p><p>${again}</p>${byLink}`;
  response.writeHead(status, { ...security, "content-type": "text/html; charset=utf-8" }).end(html(body));
}

/** Query of who does not want to be taken for whom the provider knows already. */
export const anew = "anew";

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/** An answer in words. */
export function textPage(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...security, "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}
