/** The document of the page with the forms: nothing in it comes from the contract; the script puts that in as text. */
import { randomBytes } from "node:crypto";

/**
 * The document. It loads nothing: style and script are in it, and no other ones run.
 *
 * @param script - of the page, bundled
 */
export function callDocument(script: string, nonce = randomBytes(16).toString("base64")): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Call the contract</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main id="page" aria-live="polite"></main>
<script nonce="${nonce}">${script.replace(/<\/(script)/gi, "<\\/$1")}</script>
</body>
</html>
`;
}

const style = `
body { color: var(--vscode-foreground); font: var(--vscode-font-size) var(--vscode-font-family); padding: 0 12px 16px; }
label, .label { display: block; margin: 10px 0 3px; font-weight: 600; }
.type, .hint { font-weight: 400; color: var(--vscode-descriptionForeground); }
input, select, textarea { box-sizing: border-box; width: 100%; padding: 4px 6px; font: inherit; color: var(--vscode-input-foreground);
  background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent)); }
input[type="checkbox"] { width: auto; }
textarea, pre, code { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
textarea { min-height: 4.5em; resize: vertical; }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
button { margin: 14px 6px 0 0; padding: 5px 14px; border: 0; font: inherit; cursor: pointer; color: var(--vscode-button-foreground);
  background: var(--vscode-button-background); }
button.second { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
button:disabled { opacity: 0.5; cursor: default; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--vscode-descriptionForeground); }
.mistake { color: var(--vscode-errorForeground); }
.outcome { margin-top: 16px; padding: 8px 10px; border-left: 3px solid var(--vscode-charts-green); background: var(--vscode-textBlockQuote-background); }
.outcome.bad { border-color: var(--vscode-errorForeground); }
h2 { margin: 14px 0 4px; font-size: 1em; }
.outcome h2:first-child { margin-top: 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 16px; }
li { overflow-wrap: anywhere; }
`;
