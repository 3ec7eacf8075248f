import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { silentLogger, systemClock, systemIds } from "../../src/base/index.ts";
import { References } from "../../src/core/calls/index.ts";
import { Extensions } from "../../src/core/extensions/index.ts";
import type { DocumentSettings } from "../../src/dialplan/index.ts";
import { xmlCurlPlugin, type Lookup, type XmlCurlOptions } from "../../src/edge/xmlcurl/index.ts";
import { find, readXml, type Element } from "../../src/protocol/fsxml/index.ts";
import { openStore } from "../../src/store/index.ts";
import { startServer } from "./http.ts";

/** The domain that the recorded look-ups are about. */
export const domain = "lab.test";
export const password = "a password of theirs";

export const settings: DocumentSettings = {
  domain,
  ringSeconds: 30,
  webDialRule: null,
  directoryCacheSeconds: 0,
  switchSip: { host: "127.0.0.1", port: 5060 },
  switchWs: { host: "127.0.0.1", port: 5066 },
  switchWss: { host: "127.0.0.1", port: 7443 },
  switchRtpPorts: { from: 16384, to: 32768 },
  sofiaInternal: { "user-agent-string": "YunEasy", "nonce-ttl": "77" },
  instance: "instance-of-this-test",
};

/** What the recorded look-ups present. */
export const credentials = { user: "fs", password: "s3cret" };

/** Extensions 1000-1010 in an embedded database; 1000 is the proxy account, 1005 disabled. */
export async function provisioned(): Promise<Extensions> {
  const store = await openStore({ path: ":memory:" });
  const extensions = new Extensions({
    repository: store.extensions,
    domain,
    proxyAccount: "1000",
    proxySecret: "secret of ours alone",
    ids: systemIds,
    changed: () => undefined,
  });
  await extensions.bulk({ from: 1000, to: 1010, password });
  await extensions.update("1003", { callGroup: "sales,support", tollAllow: "domestic" });
  await extensions.update("1004", { callGroup: "sales" });
  await extensions.update("1005", { callGroup: "sales", enabled: false });
  await extensions.update("1006", { displayName: `<&>"' é`, callerIdNumber: "+15551234" });
  return extensions;
}

export interface XmlCurlServer extends AsyncDisposable {
  readonly port: number;
  readonly lookups: Lookup[];
  readonly log: () => string;
  /** Posts a form as mod_xml_curl does. */
  post(body: string, init?: { path?: string; headers?: Record<string, string> }): Promise<Response>;
  /** The document that the form is answered with, and how the look-up was counted. */
  ask(form: Readonly<Record<string, string>> | URLSearchParams): Promise<Answered>;
  /** The same for a recorded form with some of its fields changed. */
  replay(name: string, changes?: Readonly<Record<string, string>>): Promise<Answered>;
}

export interface Answered {
  readonly document: Element;
  readonly outcome: string | undefined;
}

export const isNotFound = (document: Element): boolean =>
  find(document, "section=result", "result")?.attributes["status"] === "not found";

export async function startXmlCurl(options: Partial<XmlCurlOptions> = {}): Promise<XmlCurlServer> {
  const lookups: Lookup[] = [];
  const plugin = xmlCurlPlugin({
    directory: options.directory ?? (await provisioned()),
    settings,
    references: new References({ ids: systemIds, clock: systemClock }),
    credentials,
    acl: ["127.0.0.0/8"],
    clock: systemClock,
    log: silentLogger,
    observe: (lookup) => lookups.push(lookup),
    ...options,
  });
  const server = await startServer({ open: [plugin] });
  const basic = Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
  const post: XmlCurlServer["post"] = async (body, { path = "/xml_curl", headers = {} } = {}) =>
    fetch(`${server.url}${path}`, {
      method: "POST",
      body,
      headers: {
        authorization: `Basic ${basic}`,
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      },
    });
  const ask: XmlCurlServer["ask"] = async (form) => {
    const response = await post(new URLSearchParams(form).toString());
    const text = await response.text();
    if (response.status !== 200 || !response.headers.get("content-type")?.startsWith("text/xml")) {
      throw new Error(`not a document: ${response.status} ${text}`);
    }
    return { document: readXml(text), outcome: lookups.at(-1)?.outcome };
  };
  return {
    port: server.port,
    lookups,
    log: server.lines,
    post,
    ask,
    replay(name, changes = {}) {
      const body = recordedForms.get(name);
      if (body === undefined) throw new Error(`${name} was not recorded`);
      const form = new URLSearchParams(body);
      for (const [field, value] of Object.entries(changes)) form.set(field, value);
      return ask(form);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const folder = join(import.meta.dirname, "..", "fixtures", "xml_curl");

/** Recorded look-ups by name, the form as it was sent. */
export const recordedForms: ReadonlyMap<string, string> = new Map(
  readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const body = text.split("\n\n", 2)[1];
    if (body === undefined) throw new Error(`${file} has no body`);
    return [file.replace(/\.txt$/, ""), body.trimEnd()];
  }),
);
