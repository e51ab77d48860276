import { once } from "node:events";
import { request } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jsonLog } from "../../../common/log";
import { connectLink, linkKey } from "../../../common/studioLink";
import { Host } from "./host";

const key = linkKey("a long random text");
const end = vi.fn();
let host: Host;

beforeEach(async () => {
  end.mockClear();
  host = new Host({
    key: () => key,
    programs: [],
    ports: { editor: 8080, chaincode: 7052 },
    end,
    delay: 0,
    log: jsonLog("error"),
  });
  await once(host.server.listen(0, "127.0.0.1"), "listening");
});

afterEach(() => host.server.close());

/** What the gate gets from the host. */
async function ask(method: string, path: string): Promise<{ status: number | undefined; text: string }> {
  const { port } = host.server.address() as AddressInfo;
  const socket = await connectLink({ host: "127.0.0.1", port, key }, "control");
  const asked = request({ createConnection: () => socket, method, path });
  asked.end();
  const [answer] = await once(asked, "response");
  let text = "";
  for await (const part of answer) text += part;
  socket.destroy();
  return { status: answer.statusCode, text };
}

it("ends a session at its longest life though no gate does, and whatever is said to it later", async () => {
  const begun = await ask("POST", "/start?seconds=1");
  expect(begun).toMatchObject({ status: 200, text: expect.stringContaining("since") });
  expect(await ask("POST", "/start?seconds=1000")).toEqual(begun);
  await vi.waitFor(() => expect(end).toHaveBeenCalledOnce(), { timeout: 30_000 });
});

it.each(["/start", "/start?seconds=", "/start?seconds=0", "/start?seconds=-1", "/start?seconds=1e3"])(
  "begins no session without an end: %s",
  async (path) => {
    expect(await ask("POST", path)).toEqual({ status: 400, text: "" });
    expect(await ask("GET", "/state")).toEqual({ status: 200, text: "{}" });
  },
);

it("ends a session when it is told to, and nothing where there is none", async () => {
  expect(await ask("POST", "/stop")).toEqual({ status: 200, text: "{}" });
  expect(end).not.toHaveBeenCalled();
  await ask("POST", "/start?seconds=1000");
  await ask("POST", "/stop");
  await vi.waitFor(() => expect(end).toHaveBeenCalledOnce(), { timeout: 30_000 });
});
