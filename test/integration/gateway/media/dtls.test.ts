import { describe, expect, test } from "vitest";
import { DtlsPeer, makeCertificate, type OwnCertificate } from "../../../../src/gateway/media/dtls/index.ts";
import type { SrtpKeyPair } from "../../../../src/gateway/media/lane/lane.ts";
import type { SrtpKeys } from "../../../../src/protocol/rtp/index.ts";

type Role = "client" | "server";

interface End {
  readonly peer: DtlsPeer;
  readonly keys: Promise<SrtpKeyPair>;
  readonly closed: Promise<void>;
}

interface Wire {
  /** Datagrams on their way to the end of that role; what is answered arrives, in that order. */
  readonly deliver: (to: Role, datagram: Buffer) => readonly Buffer[];
}

const honest: Wire = { deliver: (_to, datagram) => [datagram] };

function connect(
  client: OwnCertificate,
  server: OwnCertificate,
  expected: { readonly client: OwnCertificate; readonly server: OwnCertificate } = { client, server },
  { deliver }: Wire = honest,
): Record<Role, End> {
  const ends: Partial<Record<Role, End>> = {};
  const end = (role: Role): End => {
    const other = role === "client" ? "server" : "client";
    const keys = Promise.withResolvers<SrtpKeyPair>();
    const closed = Promise.withResolvers<void>();
    keys.promise.catch(() => undefined);
    const peer = new DtlsPeer({
      role,
      certificate: role === "client" ? client : server,
      fingerprints: [{ hash: "sha-256", value: expected[other].fingerprint }],
      send: (datagram) => {
        const bytes = Buffer.from(datagram);
        setImmediate(() => {
          for (const one of deliver(other, bytes)) ends[other]?.peer.receive(one);
        });
      },
      connected: (pair) => keys.resolve(pair),
      failed: (reason) => keys.reject(new Error(reason)),
      closed: () => closed.resolve(),
    });
    return { peer, keys: keys.promise, closed: closed.promise };
  };
  const both = { client: end("client"), server: end("server") };
  Object.assign(ends, both);
  both.server.peer.start();
  both.client.peer.start();
  return both;
}

function close(both: Record<Role, End>): void {
  both.client.peer.close();
  both.server.peer.close();
}

const [alice, bob, mallory] = await Promise.all([makeCertificate(), makeCertificate(), makeCertificate()]);

const same = (one: SrtpKeys, other: SrtpKeys): boolean =>
  Buffer.from(one.masterKey).equals(other.masterKey) && Buffer.from(one.masterSalt).equals(other.masterSalt);

/** Whether both ends have come to the same keys, one for each way. */
async function agree(both: Record<Role, End>): Promise<boolean> {
  const [client, server] = await Promise.all([both.client.keys, both.server.keys]);
  return (
    same(client.send, server.receive) &&
    same(client.receive, server.send) &&
    !same(client.send, client.receive)
  );
}

test("both ends have the same keys, and one learns that the other closes", async () => {
  const both = connect(alice, bob);
  expect(await agree(both)).toBe(true);
  both.client.peer.close();
  await both.server.closed;
  expect(both.server.peer.state).toBe("closed");
  both.server.peer.close();
});

/** A certificate is sent in the clear, so anybody may have seen it; its key only its owner has. */
const stolen = (certificate: OwnCertificate): OwnCertificate => ({
  ...certificate,
  keyPem: mallory.keyPem,
});

describe("werift defect 9: no signature is checked", () => {
  test("a client with a browser's certificate and another key is found out", async () => {
    const both = connect(stolen(alice), bob, { client: alice, server: bob });
    await expect(both.server.keys).rejects.toThrow("does not hold its certificate's key");
    close(both);
  });

  test("a server with a browser's certificate and another key is found out", async () => {
    const both = connect(alice, stolen(bob), { client: alice, server: bob });
    await expect(both.client.keys).rejects.toThrow("does not hold its certificate's key");
    close(both);
  });

  test.each(["client", "server"] as const)(
    "a %s with a certificate of its own is found out",
    async (role) => {
      const [client, server] = role === "client" ? [mallory, bob] : [alice, mallory];
      const both = connect(client, server, { client: alice, server: bob });
      const other = role === "client" ? "server" : "client";
      await expect(both[other].keys).rejects.toThrow("not the one of its session description");
      close(both);
    },
  );
});

const recordType = (datagram: Buffer): number => datagram[0] ?? 0;
const epochOf = (datagram: Buffer): number => datagram.readUInt16BE(3);
const messageType = (datagram: Buffer): number => datagram[13] ?? 0;
const isMessage = (datagram: Buffer, type: number): boolean =>
  recordType(datagram) === 22 && epochOf(datagram) === 0 && messageType(datagram) === type;

/** A handshake message in two fragments. */
function pieces(datagram: Buffer): Buffer[] {
  if (recordType(datagram) !== 22 || epochOf(datagram) !== 0) return [datagram];
  const header = datagram.subarray(13, 25);
  const body = datagram.subarray(25);
  const half = Math.ceil(body.length / 2);
  return [
    [0, half],
    [half, body.length],
  ].flatMap(([from = 0, to = 0]) => {
    if (from === to && from > 0) return [];
    const part = Buffer.concat([datagram.subarray(0, 13), header, body.subarray(from, to)]);
    part.writeUInt16BE(part.length - 13, 11);
    part.writeUIntBE(from, 13 + 6, 3);
    part.writeUIntBE(to - from, 13 + 9, 3);
    return [part];
  });
}

describe("a wire that is not honest", () => {
  test("datagrams that come twice, and flights that come in the wrong order, do no harm", async () => {
    const held: Record<Role, Buffer[]> = { client: [], server: [] };
    const both = connect(alice, bob, undefined, {
      deliver: (to, datagram) => {
        // The certificate overtakes what was sent before it.
        const waiting = held[to];
        waiting.push(datagram);
        if (isMessage(datagram, 2)) return [];
        const now = waiting.splice(0).toReversed();
        return [...now, ...now];
      },
    });
    expect(await agree(both)).toBe(true);
    close(both);
  });

  test("messages that come in pieces are put together", async () => {
    const both = connect(alice, bob, undefined, { deliver: (_to, datagram) => pieces(datagram) });
    expect(await agree(both)).toBe(true);
    close(both);
  });

  test("a key exchange that is put behind the true one changes nothing", async () => {
    const both = connect(alice, bob, undefined, {
      deliver: (to, datagram) => {
        if (to !== "client" || !isMessage(datagram, 12)) return [datagram];
        const forged = Buffer.from(datagram);
        // The server's public key.
        forged[13 + 12 + 10] = (forged[13 + 12 + 10] ?? 0) ^ 1;
        const later = Buffer.from(forged);
        later.writeUInt16BE(later.readUInt16BE(17) + 5, 17);
        return [datagram, forged, later];
      },
    });
    expect(await agree(both)).toBe(true);
    close(both);
  });

  test("with a key exchange that is put in place of the true one, neither end connects", async () => {
    const finished = Promise.withResolvers<void>();
    const both = connect(alice, bob, undefined, {
      deliver: (to, datagram) => {
        // The server has it before this runs on.
        if (to === "server" && epochOf(datagram) === 1) setImmediate(finished.resolve);
        if (to !== "client" || !isMessage(datagram, 12)) return [datagram];
        const forged = Buffer.from(datagram);
        // The signature's last byte.
        const at = forged.length - 1;
        forged[at] = (forged[at] ?? 0) ^ 1;
        return [forged];
      },
    });
    await finished.promise;
    expect([both.client.peer.state, both.server.peer.state]).toEqual(["connecting", "connecting"]);
    close(both);
  });

  test("a Finished in the clear finishes nothing", async () => {
    let forged = 0;
    const both = connect(alice, bob, undefined, {
      deliver: (to, datagram) => {
        if (to !== "client" || !isMessage(datagram, 14)) return [datagram];
        forged += 1;
        const finished = Buffer.concat([
          Buffer.from("16fefd000000000000006300181400000c00070000000000000c", "hex").subarray(0, 25),
          Buffer.alloc(12, 1),
        ]);
        return [finished, datagram];
      },
    });
    expect(await agree(both)).toBe(true);
    expect(forged).toBe(1);
    close(both);
  });
});

test("no datagram makes an end throw", async () => {
  const both = connect(alice, bob);
  expect(await agree(both)).toBe(true);
  for (let size = 0; size < 80; size += 1) {
    for (const first of [20, 21, 22, 23, 0, 255]) {
      const datagram = Buffer.alloc(size, first);
      both.client.peer.receive(datagram);
      both.server.peer.receive(datagram);
    }
  }
  expect([both.client.peer.state, both.server.peer.state]).toEqual(["connected", "connected"]);
  close(both);
});
