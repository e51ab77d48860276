/** A process of Node that listens for a debugger, as an editor sees it: by the Chrome DevTools Protocol. */
import { once } from "node:events";

import { vi } from "vitest";

/** Where a process stands. */
export interface Paused {
  callFrames: { callFrameId: string; functionName: string }[];
}

/** A debugger that is attached. */
export class InspectedProcess {
  private last = 0;
  private readonly answers = new Map<number, (answer: any) => void>();
  private paused: Paused | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener("message", ({ data }) => this.take(JSON.parse(String(data))));
  }

  /** Attaches to the process that listens on a port of the loopback. */
  static async attach(port: number): Promise<InspectedProcess> {
    const url = await vi.waitFor(
      async () => {
        const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as any[];
        return target.webSocketDebuggerUrl as string;
      },
      { timeout: 30_000, interval: 50 },
    );
    const socket = new WebSocket(url);
    await once(socket as never, "open");
    const attached = new InspectedProcess(socket);
    for (const domain of ["Runtime", "Debugger"]) await attached.call(`${domain}.enable`);
    return attached;
  }

  /** Calls a method of the protocol. */
  call(method: string, params: object = {}): Promise<any> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.answers.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Sets a breakpoint at a line, counted from 0, of the file that ends so. */
  async breakAt(file: string, lineNumber: number): Promise<string> {
    const urlRegex = `.*${file.replaceAll(".", "\\.")}$`;
    const { breakpointId } = await this.call("Debugger.setBreakpointByUrl", { urlRegex, lineNumber });
    return breakpointId;
  }

  /** Waits until the process stands at a breakpoint. */
  standing(): Promise<Paused> {
    return vi.waitFor(
      () => {
        if (this.paused === undefined) throw new Error("it does not stand at a breakpoint");
        return this.paused;
      },
      { timeout: 60_000, interval: 20 },
    );
  }

  /** Value of an expression where the process stands. */
  async read(expression: string): Promise<unknown> {
    const { callFrameId } = this.paused!.callFrames[0]!;
    const params = { callFrameId, expression, returnByValue: true };
    return (await this.call("Debugger.evaluateOnCallFrame", params)).result.value;
  }

  async resume(): Promise<void> {
    this.paused = undefined;
    await this.call("Debugger.resume");
  }

  close(): void {
    this.socket.close();
  }

  private take(message: any): void {
    if (message.id !== undefined) return this.answers.get(message.id)?.(message);
    if (message.method === "Debugger.paused") this.paused = message.params;
  }
}
