import { expect, it } from "vitest";
import type * as vscode from "vscode";

import { LogTerminal } from "./logTerminal";

/** An event that remembers what was said. */
class EmitterDouble<T> {
  readonly said: T[] = [];
  readonly event = () => ({ dispose: () => undefined });
  fire(what: T): void {
    this.said.push(what);
  }
}

it("shows what was there before, and what comes, also after it was closed", () => {
  const made: { pty: vscode.Pseudoterminal; emitter: EmitterDouble<string> }[] = [];
  let emitter: EmitterDouble<any>;
  const terminals = {
    createTerminal({ pty }: vscode.ExtensionTerminalOptions) {
      made.push({ pty, emitter });
      return { show: () => undefined, dispose: () => undefined } as unknown as vscode.Terminal;
    },
  };
  const log = new LogTerminal(terminals, () => (emitter = new EmitterDouble<any>()) as any);
  const add = (source: "contract" | "session", text: string): void => log.add({ at: "", source, text });
  add("contract", "one");
  log.show();
  add("session", "two");
  made[0]!.pty.open(undefined);
  add("contract", "three");
  expect(made[0]!.emitter.said).toEqual(["one\r\n[session] two\r\n", "three\r\n"]);
  log.show();
  expect(made).toHaveLength(1);
  made[0]!.pty.close();
  add("contract", "four");
  log.show();
  made[1]!.pty.open(undefined);
  expect(made[1]!.emitter.said).toEqual(["one\r\n[session] two\r\nthree\r\nfour\r\n"]);
});
