/** Runs in a session's pod in place of code-server: see sessionEditor.ts. */
import { editorDouble } from "../../studio/editorDouble";

const [, host, port] = /--bind-addr=(.*?):(\d+)/.exec(process.argv.join(" "))!;
editorDouble().listen(Number(port), host);
process.on("SIGTERM", () => process.exit(0));
