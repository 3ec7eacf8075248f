/** One of the two servers that xml_curl.ts measures, started by it; ends when it does. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import { silentLogger, systemClock, systemIds } from "../../src/base/index.ts";
import { References } from "../../src/core/calls/index.ts";
import { Extensions } from "../../src/core/extensions/index.ts";
import { xmlCurlPlugin } from "../../src/edge/xmlcurl/index.ts";
import { createHttpServer } from "../../src/edge/server/index.ts";
import { openStore } from "../../src/store/index.ts";
import { newAccess } from "../fakes/http.ts";
import { credentials, domain, settings } from "../fakes/xml-curl.ts";

export interface ServerMessage {
  readonly url: string;
}

/** As app.ts builds it: the whole HTTP server, extensions in a database file. */
async function patchcord(folder: string): Promise<string> {
  const store = await openStore({ path: join(folder, "patchcord.db") });
  const extensions = new Extensions({
    repository: store.extensions,
    domain,
    proxyAccount: "1000",
    proxySecret: systemIds.secret(24),
    ids: systemIds,
    changed: () => undefined,
  });
  await extensions.bulk({ from: 1000, to: 2600 });
  const server = await createHttpServer({
    http: { host: "127.0.0.1", port: 0 },
    log: silentLogger,
    clock: systemClock,
    ids: systemIds,
    version: "0",
    access: newAccess(),
    apiAcl: [],
    ready: async () => [],
    api: [],
    open: [
      xmlCurlPlugin({
        directory: extensions,
        settings,
        references: new References({ ids: systemIds, clock: systemClock }),
        credentials,
        acl: ["127.0.0.0/8"],
        clock: systemClock,
        log: silentLogger,
        observe: () => undefined,
      }),
    ],
  });
  return `${(await server.listen()).url}/xml_curl`;
}

/** Reads the form as a text and answers what it was told. */
async function bare(fixed: Readonly<Record<string, string>>): Promise<string> {
  const app = Fastify();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );
  for (const [name, document] of Object.entries(fixed)) {
    app.post(`/${name}`, async (_request, reply) => reply.type("text/xml; charset=utf-8").send(document));
  }
  return app.listen({ host: "127.0.0.1", port: 0 });
}

const folder = mkdtempSync(join(tmpdir(), "xml_curl-"));
const [fixed] = (await once(process, "message")) as [Readonly<Record<string, string>>];
const url = await (process.argv[2] === "patchcord" ? patchcord(folder) : bare(fixed));
process.send?.({ url } satisfies ServerMessage);
await once(process, "disconnect");
rmSync(folder, { recursive: true });
process.exit(0);
