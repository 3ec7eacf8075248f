/**
 * Look-ups per second of `POST /xml_curl`, beside a bare fastify that answers a fixed document of the same size. Each
 * server is a process of its own, this one is the client; the rounds of the two take turns, so that what else the
 * machine does falls on both.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { credentials, domain, recordedForms } from "../fakes/xml-curl.ts";
import { load, postRequest, type Measured } from "./http-load.ts";
import type { ServerMessage } from "./xml_curl-server.ts";

const seconds = 2;
const rounds = 3;
const modes = {
  /** As FreeSWITCH asks without a cache of its own: one after the other, a connection each. */
  "one-by-one": { clients: 1, keepAlive: false },
  "connection-each": { clients: 8, keepAlive: false },
  "keep-alive": { clients: 8, keepAlive: true },
} as const;
type Mode = keyof typeof modes;
const numbers = Array.from({ length: 1600 }, (_, index) => String(1001 + index)).filter(
  (number) => !number.startsWith("9"),
);

const headers = {
  authorization: `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`,
  "content-type": "application/x-www-form-urlencoded",
};

/** The recorded look-up for 200 of the extensions in turn. */
function bodies(name: string, fields: readonly string[]): string[] {
  return numbers
    .filter((_, index) => index % 8 === 0)
    .map((number) => {
      const form = new URLSearchParams(recordedForms.get(name));
      for (const field of fields) form.set(field, number);
      form.set("domain", domain);
      return form.toString();
    });
}

const lookUps = {
  directory: bodies("directory-sip_auth", ["user", "sip_auth_username"]),
  dialplan: bodies("dialplan-dialplan_xml_locate", ["Hunt-Destination-Number", "Caller-Destination-Number"]),
};
type LookUp = keyof typeof lookUps;

interface Server {
  readonly url: string;
  readonly child: ChildProcess;
}

async function start(
  kind: "patchcord" | "bare",
  fixed: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const child = fork(`${import.meta.dirname}/xml_curl-server.ts`, [kind]);
  child.send(fixed);
  const [message] = (await once(child, "message")) as [ServerMessage];
  return { url: message.url, child };
}

async function ask(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  if (response.status !== 200 || text.includes("not found")) throw new Error(`${response.status} ${text}`);
  return text;
}

async function measure(url: string, lookUp: LookUp, mode: Mode): Promise<Measured> {
  const { port, pathname } = new URL(url);
  const sent = modes[mode].keepAlive ? headers : { ...headers, connection: "close" };
  return load({
    port: Number(port),
    requests: lookUps[lookUp].map((body) => postRequest(pathname, sent, body)),
    seconds,
    ...modes[mode],
  });
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const medians = (all: readonly Measured[]): Measured => ({
  rate: median(all.map(({ rate }) => rate)),
  p50: median(all.map(({ p50 }) => p50)),
  p99: median(all.map(({ p99 }) => p99)),
});

const rounded = (value: number): number => Number(value.toFixed(3));

const ours = await start("patchcord");
const documents = {
  directory: await ask(ours.url, lookUps.directory[0] ?? ""),
  dialplan: await ask(ours.url, lookUps.dialplan[0] ?? ""),
};
const bare = await start("bare", documents);

const table: Record<string, unknown>[] = [];
const figures: string[] = [];
for (const lookUp of ["directory", "dialplan"] as const) {
  const [reply, peerReply] = [
    documents[lookUp],
    await ask(`${bare.url}/${lookUp}`, lookUps[lookUp][0] ?? ""),
  ];
  for (const mode of ["one-by-one", "connection-each", "keep-alive"] as const) {
    const [mine, theirs]: [Measured[], Measured[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      mine.push(await measure(ours.url, lookUp, mode));
      theirs.push(await measure(`${bare.url}/${lookUp}`, lookUp, mode));
    }
    const [value, peer] = [medians(mine), medians(theirs)];
    table.push({
      "look-up": lookUp,
      mode,
      "per second": Math.round(value.rate),
      "p50 ms": rounded(value.p50),
      "p99 ms": rounded(value.p99),
      "reply bytes": Buffer.byteLength(reply),
      "bare per second": Math.round(peer.rate),
      "bare p50 ms": rounded(peer.p50),
      "bare p99 ms": rounded(peer.p99),
      "bare reply bytes": Buffer.byteLength(peerReply),
      ratio: rounded(value.rate / peer.rate),
    });
    for (const [key, unit] of [
      ["rate", "1/s"],
      ["p50", "ms"],
      ["p99", "ms"],
    ] as const) {
      figures.push(
        JSON.stringify({
          figure: `xml_curl.${lookUp}.${mode}.${key}`,
          value: rounded(value[key]),
          unit,
          peer: rounded(peer[key]),
          ratio: rounded(value[key] / peer[key]),
        }),
      );
    }
  }
}
console.log(
  `${numbers.length} extensions in SQLite, 1 or 8 clients, median of ${rounds} rounds of ${seconds} s`,
);
console.table(table);
for (const figure of figures) console.log(figure);
for (const { child } of [ours, bare]) {
  child.disconnect();
  await once(child, "exit");
}
