import { createSocket } from "node:dgram";
import { once } from "node:events";
import { host } from "./messages.ts";

type Value = string | readonly Value[] | { readonly [key: string]: Value };

/** bencode, as rtpengine's ng protocol wants it: strings, lists, dictionaries. */
function encode(value: Value): string {
  if (typeof value === "string") return `${Buffer.byteLength(value)}:${value}`;
  if (Array.isArray(value)) return `l${value.map((one: Value) => encode(one)).join("")}e`;
  return `d${Object.entries(value)
    .map(([key, one]) => encode(key) + encode(one))
    .join("")}e`;
}

/** The string members of a bencoded dictionary; the others are passed over. */
function decode(text: string): Map<string, string> {
  const members = new Map<string, string>();
  const strings: string[] = [];
  for (let at = 1; at < text.length;) {
    const length = /^(\d+):/.exec(text.slice(at, at + 12));
    if (length?.[1] === undefined) {
      at += 1;
      continue;
    }
    const start = at + length[0].length;
    strings.push(text.slice(start, start + Number(length[1])));
    at = start + Number(length[1]);
  }
  for (const [index, key] of strings.entries()) {
    const value = strings[index + 1];
    if (value !== undefined && !members.has(key)) members.set(key, value);
  }
  return members;
}

/** Asks rtpengine on `port`; resolves to the answer's members. Throws when it says anything but ok or pong. */
export async function ng(
  port: number,
  request: { readonly [key: string]: Value },
): Promise<Map<string, string>> {
  const socket = createSocket("udp4");
  try {
    const asked = `${Math.random().toString(36).slice(2)} ${encode(request)}`;
    socket.send(asked, port, host);
    const [message] = (await once(socket, "message", { signal: AbortSignal.timeout(3000) })) as [Buffer];
    const text = message.toString("latin1");
    const members = decode(text.slice(text.indexOf(" ") + 1));
    const result = members.get("result");
    if (result !== "ok" && result !== "pong") throw new Error(`rtpengine said ${text}`);
    return members;
  } finally {
    socket.close();
  }
}
