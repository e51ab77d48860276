/** For tests: a browser without windows, which keeps cookies by hosts and follows redirects. */
import { Agent, request } from "node:https";

/** What a browser gets. */
export interface Page {
  url: URL;
  status: number;
  text: string;
  location: string | undefined;
  cookies: string[];
}

/** A browser. All names lead to this machine. */
export class Browser {
  private readonly jar = new Map<string, Map<string, string>>();

  /** @param port - port of all names that are not in this machine's own */
  constructor(private readonly port: () => number) {}

  /** Asks for one page, as one does by following a link. */
  go(address: string | URL, { method = "GET", body = "" } = {}): Promise<Page> {
    const url = new URL(address);
    const own = this.jar.get(url.hostname) ?? new Map<string, string>();
    this.jar.set(url.hostname, own);
    const isPost = method === "POST";
    return new Promise((resolve, reject) => {
      const asked = request({
        ...{ host: "127.0.0.1", servername: url.hostname, path: url.pathname + url.search, method },
        port: url.hostname === "localhost" ? url.port : this.port(),
        rejectUnauthorized: false,
        agent: new Agent(),
        headers: {
          host: url.host,
          ...(own.size > 0 && { cookie: [...own].map(([name, value]) => `${name}=${value}`).join("; ") }),
          ...(isPost
            ? { origin: url.origin, "sec-fetch-site": "same-origin" }
            : { "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" }),
        },
      });
      asked.on("error", reject);
      asked.on("response", (answer) => {
        const chunks: Buffer[] = [];
        const { statusCode, headers } = answer;
        const cookies = headers["set-cookie"] ?? [];
        for (const each of cookies) keep(own, each);
        answer.on("data", (chunk: Buffer) => void chunks.push(chunk));
        answer.on("end", () =>
          resolve({
            url,
            status: statusCode!,
            text: Buffer.concat(chunks).toString(),
            location: headers.location,
            cookies,
          }),
        );
      });
      asked.end(body);
    });
  }

  /**
   * Follows redirects.
   *
   * @param until - whether an address is one to stop before
   * @returns the last page, and the address that it would have gone to next
   */
  async follow(address: string | URL, until: (url: URL) => boolean = () => false): Promise<{ page: Page; next?: URL }> {
    for (let url = new URL(address), i = 0; i < 20; i++) {
      const page = await this.go(url);
      if (page.location === undefined) return { page };
      const next = new URL(page.location, url);
      if (until(next)) return { page, next };
      url = next;
    }
    throw new Error("too many redirects");
  }

  /** Forgets what it knows of a host. */
  forget(host: string): void {
    this.jar.delete(host);
  }
}

function keep(jar: Map<string, string>, field: string): void {
  const [pair = "", ...attributes] = field.split(";").map((each) => each.trim());
  const at = pair.indexOf("=");
  const isOver = attributes.some((each) => /^max-age=0$/i.test(each) || /^expires=.* 1970 /i.test(each));
  if (isOver) jar.delete(pair.slice(0, at));
  else jar.set(pair.slice(0, at), pair.slice(at + 1));
}
