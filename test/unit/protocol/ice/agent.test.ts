import { createHmac, randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { IceAgent, type Address } from "../../../../src/protocol/ice/index.ts";
import { readStun, writeStun, type StunFields } from "../../../../src/protocol/ice/stun.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";

// A network of addresses on played time: what is sent arrives 10 ms later.
const keyOf = ({ host, port }: Address): string => `${host}:${port}`;
const at = (host: string, port = 4000): Address => ({ host, port });

class Network {
  readonly clock = new ManualClock();
  readonly #sockets = new Map<string, (packet: Uint8Array, from: Address) => void>();
  /** Everything that was sent. */
  readonly sent: { readonly from: Address; readonly to: Address; readonly packet: Uint8Array }[] = [];
  loses: (from: Address, to: Address) => boolean = () => false;

  bind(address: Address, receive: (packet: Uint8Array, from: Address) => void): void {
    this.#sockets.set(keyOf(address), receive);
  }

  send(from: Address, to: Address, packet: Uint8Array): void {
    this.sent.push({ from, to, packet });
    if (this.loses(from, to)) return;
    this.clock.after(10, () => this.#sockets.get(keyOf(to))?.(packet, from));
  }
}

interface Side {
  readonly agent: IceAgent;
  readonly selected: Address[];
  readonly expired: () => number;
  /** Where it is: it may move. */
  at: Address;
}

const ours = at("192.0.2.1");
const theirs = at("198.51.100.1", 5000);
const moved = at("198.51.100.1", 5001);

let network: Network;

beforeEach(() => {
  network = new Network();
});

function side(address: Address, controlling: boolean): Side {
  const selected: Address[] = [];
  let expired = 0;
  const made: Side = {
    agent: new IceAgent({
      clock: network.clock,
      random: (bytes) => randomBytes(bytes),
      controlling,
      send: (packet, to) => network.send(made.at, to, packet),
      selected: (peer) => selected.push(peer),
      expired: () => {
        expired += 1;
      },
    }),
    selected,
    expired: () => expired,
    at: address,
  };
  network.bind(address, (packet, from) => made.agent.receive(packet, from));
  return made;
}

const candidate = ({ host, port }: Address): string =>
  `candidate:1 1 udp 2130706431 ${host} ${port} typ host`;

/** Both know each other's credentials and candidates. */
function introduce(one: Side, other: Side): void {
  one.agent.setRemote(other.agent.local);
  other.agent.setRemote(one.agent.local);
  one.agent.addCandidate(candidate(other.at));
  other.agent.addCandidate(candidate(one.at));
}

function pair(weControl: boolean): { we: Side; they: Side } {
  const [we, they] = [side(ours, weControl), side(theirs, !weControl)];
  introduce(we, they);
  network.clock.advance(1_000);
  return { we, they };
}

/** A request as the peer `they` would send it, changed by `fields`. */
function requestOf(they: Side, fields: Partial<StunFields> = {}, password?: string): Buffer {
  const { remote, local } = they.agent;
  return writeStun(
    {
      kind: "request",
      transaction: randomBytes(12).toString("hex"),
      username: `${remote?.userFragment}:${local.userFragment}`,
      priority: 1,
      controlling: 0xffff_ffff_ffff_ffffn,
      useCandidate: true,
      ...fields,
    },
    password ?? remote?.password ?? "",
  );
}

describe.each([true, false])("we control: %s", (weControl) => {
  test("two agents select each other", () => {
    const { we, they } = pair(weControl);
    expect(we.selected).toEqual([theirs]);
    expect(they.selected).toEqual([ours]);
    expect([we.agent.state, they.agent.state]).toEqual(["connected", "connected"]);
  });

  test("it works with loss of every third packet, and without their candidate", () => {
    const [we, they] = [side(ours, weControl), side(theirs, !weControl)];
    let count = 0;
    network.loses = () => (count += 1) % 3 === 0;
    we.agent.setRemote(they.agent.local);
    they.agent.setRemote(we.agent.local);
    they.agent.addCandidate(candidate(ours));
    network.clock.advance(20_000);
    expect(we.agent.selected).toMatchObject(theirs);
    expect(they.agent.selected).toMatchObject(ours);
  });

  test("the peer that moves to another address is followed there", () => {
    const { we, they } = pair(weControl);
    // Its NAT gave it another port: it is not reached at the old one any more.
    they.at = moved;
    network.bind(theirs, () => undefined);
    network.bind(moved, (packet, from) => they.agent.receive(packet, from));
    for (let second = 0; second < 12; second += 1) {
      // Browsers check their selected pair every 2.5 s at least; ours is checked by consent alone.
      network.send(moved, ours, requestOf(they, roleOf(weControl)));
      network.clock.advance(1_000);
    }
    expect(we.agent.selected).toMatchObject(moved);
    expect(we.agent.state).toBe("connected");
    network.clock.advance(60_000);
    expect(we.expired()).toBe(0);
  });

  test("consent goes when nobody answers, and nothing is sent after that", () => {
    const { we } = pair(weControl);
    network.clock.advance(60_000);
    expect(we.expired()).toBe(0);
    network.loses = (from) => from.host === theirs.host;
    network.clock.advance(37_000);
    expect(we.expired()).toBe(1);
    expect(we.agent.selected).toBeNull();
    expect(we.agent.state).toBe("failed");
    const before = network.sent.filter(({ from }) => from.host === ours.host).length;
    network.clock.advance(60_000);
    expect(network.sent.filter(({ from }) => from.host === ours.host)).toHaveLength(before);
  });
});

test("an answer from another address than the selected one is no consent to send there", () => {
  const { we, they } = pair(false);
  network.clock.advance(60_000);
  network.loses = (from) => from.host === theirs.host && from.port === theirs.port;
  network.bind(moved, (packet, from) => {
    const answering = they.at;
    they.at = moved;
    they.agent.receive(packet, from);
    they.at = answering;
  });
  network.clock.advance(25_000);
  // It is there as well, and does not say that it wants to be reached there.
  network.send(moved, ours, requestOf(they, { useCandidate: false }));
  network.clock.advance(12_000);
  expect(we.selected).toEqual([theirs]);
  expect(we.expired()).toBe(1);
});

/** What the peer's role attribute is. */
const roleOf = (weControl: boolean): Partial<StunFields> =>
  weControl ? { useCandidate: false, controlled: 1n, ...without("controlling") } : { useCandidate: true };

const without = (name: "controlling"): Partial<StunFields> => {
  const empty: Partial<StunFields> & { controlling?: bigint } = {};
  Object.defineProperty(empty, name, { value: undefined, enumerable: true });
  return empty;
};

describe("a stranger", () => {
  const stranger = at("203.0.113.66", 6666);

  test.each([
    ["with a wrong password", (they: Side) => requestOf(they, {}, "x".repeat(24))],
    ["with another user's name", (they: Side) => requestOf(they, { username: "nobody:else" })],
    ["with no name", (they: Side) => requestOf(they, without("controlling"), "")],
    [
      "without a signature",
      (they: Side) => {
        const bytes = Buffer.from(requestOf(they).subarray(0, -32));
        bytes.writeUInt16BE(bytes.length - 20, 2);
        return bytes;
      },
    ],
  ])("%s gets no answer and changes nothing", (_name, packet) => {
    const { we, they } = pair(false);
    network.sent.length = 0;
    network.send(stranger, ours, packet(they));
    network.clock.advance(1_000);
    expect(network.sent.filter(({ to }) => to.host === stranger.host)).toEqual([]);
    expect(we.agent.selected).toMatchObject(theirs);
    expect(we.agent.knows(stranger.host, stranger.port)).toBe(false);
    expect(we.agent.refused).toBe(1);
  });

  test("who plays a real request again from elsewhere is asked, and not followed, as it cannot answer", () => {
    const { we, they } = pair(false);
    const request = requestOf(they);
    network.send(stranger, ours, request);
    network.clock.advance(30_000);
    expect(we.agent.selected).toMatchObject(theirs);
    expect(we.expired()).toBe(0);
  });

  test("an answer from elsewhere than where was asked proves nothing", () => {
    const [we, they] = [side(ours, true), side(theirs, false)];
    const other = at("198.51.100.9", 5009);
    introduce(we, they);
    network.bind(theirs, (packet, from) => {
      const check = readStun(packet);
      if (check?.kind !== "request") return;
      const answer: StunFields = { kind: "success", transaction: check.transaction, mapped: from };
      network.send(other, ours, writeStun(answer, they.agent.local.password));
    });
    network.clock.advance(20_000);
    expect(we.agent.selected).toBeNull();
  });
});

test("a request with an attribute that must be understood and is not is answered 420", () => {
  const { we, they } = pair(false);
  network.sent.length = 0;
  const sound = requestOf(they);
  // Put before MESSAGE-INTEGRITY, and signed anew.
  const head = Buffer.concat([sound.subarray(0, -32), Buffer.from("7abc000401020304", "hex")]);
  head.writeUInt16BE(head.length - 20 + 24, 2);
  const { password } = we.agent.local;
  const digest = createHmac("sha1", password).update(head).digest();
  network.send(theirs, ours, Buffer.concat([head, Buffer.from("00080014", "hex"), digest]));
  network.clock.advance(10);
  const answers = network.sent
    .filter(({ to }) => to.port === theirs.port)
    .map(({ packet }) => readStun(packet));
  expect(answers).toContainEqual(expect.objectContaining({ kind: "error", error: 420 }));
});

describe.each([
  ["both control", true],
  ["neither controls", false],
])("%s", (_name, controlling) => {
  test("the tie-breaker decides", () => {
    const [we, they] = [side(ours, controlling), side(theirs, controlling)];
    introduce(we, they);
    network.clock.advance(5_000);
    expect(we.agent.selected).toMatchObject(theirs);
    expect(they.agent.selected).toMatchObject(ours);
  });
});

describe("a restart", () => {
  test("selects anew, and media goes on meanwhile", () => {
    const { we, they } = pair(false);
    we.agent.restart();
    they.agent.restart();
    expect(we.agent.selected).toMatchObject(theirs);
    introduce(we, they);
    network.clock.advance(1_000);
    expect(we.agent.selected).toMatchObject(theirs);
    network.clock.advance(60_000);
    expect([we.expired(), they.expired()]).toEqual([0, 0]);
  });

  test("a peer that stays on the old pair keeps its consent there", () => {
    const { we, they } = pair(false);
    const old = they.agent.local;
    we.agent.restart();
    // The peer answers checks on the old socket with its old credentials only, and checks nothing anew.
    we.agent.setRemote({ userFragment: "newer", password: "p".repeat(24) });
    expect(they.agent.local).toBe(old);
    network.clock.advance(120_000);
    expect(we.expired()).toBe(0);
    expect(we.agent.selected).toMatchObject(theirs);
    expect(they.expired()).toBe(0);
  });
});

test("more addresses than any browser has are not checked", () => {
  const we = side(ours, true);
  we.agent.setRemote({ userFragment: "abcd", password: "p".repeat(24) });
  for (let port = 1000; port < 2000; port += 1) we.agent.addCandidate(candidate(at("203.0.113.1", port)));
  network.clock.advance(7_000);
  expect(new Set(network.sent.map(({ to }) => to.port)).size).toBeLessThanOrEqual(32);
});

test("candidates of other credentials are not checked", () => {
  const we = side(ours, true);
  we.agent.setRemote({ userFragment: "abcd", password: "p".repeat(24) });
  we.agent.addCandidate(`${candidate(theirs)} ufrag other`);
  network.clock.advance(1_000);
  expect(network.sent).toEqual([]);
  we.agent.addCandidate(`${candidate(theirs)} ufrag abcd`);
  network.clock.advance(1_000);
  expect(network.sent).not.toEqual([]);
});

test("closing leaves no timer", () => {
  const { we, they } = pair(true);
  we.agent.close();
  they.agent.close();
  // What was on its way arrives.
  network.clock.advance(10);
  expect(network.clock.pending).toEqual([]);
  expect(we.agent.timers + they.agent.timers).toBe(0);
});
