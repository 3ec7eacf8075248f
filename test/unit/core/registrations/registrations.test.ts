import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Registrations, type Registration } from "../../../../src/core/registrations/index.ts";

const registration = (over: Partial<Registration> = {}): Registration => ({
  user: "1001",
  domain: "d",
  contact: "sip:1001@127.0.0.1:5070",
  networkIp: "127.0.0.1",
  networkPort: 5070,
  transport: "udp",
  userAgent: "phone",
  expiresAt: 1000,
  node: "n",
  callId: "c1",
  ...over,
});

function watched() {
  const told: string[] = [];
  const registrations = new Registrations(({ type, node, data }) =>
    told.push(
      [type, node, data["user"], ...(data["reason"] === undefined ? [] : [data["reason"]])].join(" "),
    ),
  );
  return { registrations, told };
}

test("a refresh is no event, another address is", () => {
  const { registrations, told } = watched();
  registrations.online(registration(), 1);
  registrations.online(registration({ expiresAt: 2000 }), 2);
  expect(registrations.list()).toMatchObject([{ expiresAt: 2000 }]);
  registrations.online(registration({ networkPort: 5071 }), 3);
  expect(told).toEqual(["registration.online n 1001", "registration.online n 1001"]);
});

test("a phone that goes leaves the user's other phone", () => {
  const { registrations, told } = watched();
  registrations.online(registration(), 1);
  registrations.online(registration({ callId: "c2", networkPort: 5080 }), 1);
  registrations.offline({ user: "1001", domain: "d", callId: "c1", node: "n" }, "unregistered", 2);
  expect(registrations.of("d", "1001").map(({ callId }) => callId)).toEqual(["c2"]);
  expect(registrations.isRegistered("d", "1001")).toBe(true);
  registrations.offline({ user: "1001", domain: "d", node: "n" }, "expired", 3);
  registrations.offline({ user: "1001", domain: "d", node: "n" }, "expired", 4);
  expect(registrations.isRegistered("d", "1001")).toBe(false);
  expect(told.slice(2)).toEqual([
    "registration.offline n 1001 unregistered",
    "registration.offline n 1001 expired",
  ]);
});

test("a resync tells only what changed, and of its own switch", () => {
  const { registrations, told } = watched();
  registrations.online(registration(), 1);
  registrations.online(registration({ user: "1002" }), 1);
  registrations.online(registration({ user: "1003", node: "other" }), 1);
  told.length = 0;
  registrations.resync("n", [registration(), registration({ user: "1004" })], 2);
  expect(told).toEqual(["registration.offline n 1002 resync", "registration.online n 1004"]);
  registrations.dropNode("n", 3);
  expect(registrations.list().map(({ user }) => user)).toEqual(["1003"]);
});

test("a registration whose end the switch did not tell is dropped three minutes after its time", () => {
  const { registrations, told } = watched();
  registrations.online(registration({ expiresAt: 1000 }), 1);
  registrations.online(registration({ user: "1002", expiresAt: 1001 }), 1);
  registrations.online(registration({ user: "1003", node: "other" }), 1);
  registrations.expire("n", 180_999);
  expect(registrations.list()).toHaveLength(3);
  registrations.expire("n", 181_000);
  expect(told.slice(3)).toEqual(["registration.offline n 1001 expired"]);
  expect(registrations.list().map(({ user }) => user)).toEqual(["1002", "1003"]);
});

test("isRegistered agrees with the list, whatever happens", () => {
  const step = fc.record({
    user: fc.constantFrom("1", "2", "3"),
    node: fc.constantFrom("a", "b"),
    callId: fc.constantFrom("x", "y"),
    what: fc.constantFrom("online", "offline", "gone", "drop", "resync"),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { registrations } = watched();
      for (const { what, user, node, callId } of steps) {
        const one = registration({ user, node, callId });
        if (what === "online") registrations.online(one, 1);
        else if (what === "offline") registrations.offline({ user, domain: "d", node, callId }, "x", 1);
        else if (what === "gone") registrations.offline({ user, domain: "d", node }, "x", 1);
        else if (what === "drop") registrations.dropNode(node, 1);
        else registrations.resync(node, [one, one], 1);
      }
      for (const user of ["1", "2", "3"]) {
        const listed = registrations.list().some((one) => one.user === user);
        expect(registrations.isRegistered("d", user)).toBe(listed);
      }
    }),
  );
});
