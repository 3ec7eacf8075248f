import { expect, test } from "vitest";
import { silentLogger, type DomainEvent } from "../../../src/base/index.ts";
import { Account } from "../../../src/gateway/account.ts";
import type { RegisterOptions, Registration, RegistrationHandlers } from "../../../src/protocol/sip/index.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";

const settings = {
  switchSip: { host: "127.0.0.1", port: 5060 },
  domain: "pbx.test",
  proxyAccount: "1000",
  proxySecret: "secret",
};

class Registrar implements Registration {
  state: Registration["state"] = "registering";
  options: RegisterOptions | null = null;
  told: RegistrationHandlers = { registered: () => undefined, failed: () => undefined };
  refreshed = 0;
  closed = false;

  register(options: RegisterOptions, told: RegistrationHandlers): Registration {
    this.options = options;
    this.told = told;
    return this;
  }

  refresh(): void {
    this.refreshed += 1;
    this.state = "registering";
  }

  accept(): void {
    this.state = "registered";
    this.told.registered({ expires: 120 });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function open(): {
  account: Account;
  registrar: Registrar;
  clock: ManualClock;
  told: () => [string, unknown][];
} {
  const clock = new ManualClock();
  const published: DomainEvent[] = [];
  const registrar = new Registrar();
  const account = new Account({
    settings,
    publish: (event) => void published.push(event),
    clock,
    log: silentLogger,
  });
  return { account, registrar, clock, told: () => published.map(({ type, data }) => [type, data["reason"]]) };
}

test("registers as the proxy account, and says why it is not while it is not", () => {
  const { account, registrar, told } = open();
  expect(account.trouble).toContain("does not let Patchcord's user agent register as 1000");
  account.open(registrar);
  expect(registrar.options).toEqual({
    registrar: "sip:pbx.test",
    to: { protocol: "UDP", host: "127.0.0.1", port: 5060 },
    uri: "sip:1000@pbx.test",
    credentials: { username: "1000", password: "secret" },
    expires: 120,
  });
  registrar.told.failed({ status: 403, reason: "Forbidden", answered: true, retryIn: 1000 });
  registrar.told.failed({ status: 403, reason: "Forbidden", answered: true, retryIn: 2000 });
  expect(account.trouble).toBe(
    "the switch at 127.0.0.1:5060 does not let Patchcord's user agent register as 1000: 403 Forbidden",
  );
  registrar.told.registered({ expires: 120 });
  registrar.told.registered({ expires: 120 });
  expect(account.trouble).toBeNull();
  registrar.told.failed({ status: 408, reason: "", answered: false, retryIn: 1000 });
  expect(account.trouble).toContain("nobody answers SIP at 127.0.0.1:5060");
  // Each change once: a refresh is none, and neither is another failure.
  expect(told()).toEqual([
    ["gateway.unregistered", "403 Forbidden"],
    ["gateway.registered", undefined],
    ["gateway.unregistered", "no answer"],
  ]);
});

test("registers again when the switch may have forgotten it, and un-registers at the end", async () => {
  const { account, registrar, clock, told } = open();
  account.refresh();
  account.open(registrar);
  registrar.accept();
  clock.advance(10_000);
  account.refresh();
  expect(registrar.refreshed).toBe(1);
  registrar.accept();
  await account.close();
  expect(registrar.closed).toBe(true);
  expect(told().at(-1)).toEqual(["gateway.unregistered", "Patchcord stops"]);
});

test("FreeSWITCH drops a registration that is renewed right after it was made: what is not due waits", async () => {
  const { account, registrar, clock } = open();
  account.open(registrar);
  // The event socket is up while the first REGISTER is under way, and the agent would send another right after it.
  account.refresh();
  registrar.accept();
  clock.advance(1000);
  account.refresh();
  expect(registrar.refreshed).toBe(0);
  clock.advance(1999);
  expect(registrar.refreshed).toBe(0);
  clock.advance(1);
  expect(registrar.refreshed).toBe(1);
  registrar.accept();
  expect(clock.pending).toEqual([]);
  account.refresh();
  await account.close();
  expect(clock.pending).toEqual([]);
});

test("a switch that came back while it did not answer is asked again at once", () => {
  const { account, registrar } = open();
  account.open(registrar);
  account.refresh();
  registrar.state = "failed";
  registrar.told.failed({ status: 408, reason: "", answered: false, retryIn: 2000 });
  expect(registrar.refreshed).toBe(1);
});

test("a switch that says to come back in minutes is asked again in seconds", async () => {
  const { account, registrar, clock } = open();
  account.open(registrar);
  registrar.state = "failed";
  registrar.told.failed({
    status: 503,
    reason: "Maximum Calls In Progress",
    answered: true,
    retryIn: 300_000,
  });
  clock.advance(10_000);
  expect(registrar.refreshed).toBe(1);
  // What the agent does soon by itself is left to it.
  registrar.told.failed({ status: 503, reason: "", answered: true, retryIn: 2000 });
  expect(clock.pending).toEqual([]);
  registrar.told.failed({ status: 503, reason: "", answered: true, retryIn: 60_000 });
  registrar.told.registered({ expires: 120 });
  expect(clock.pending).toEqual([]);
  registrar.told.failed({ status: 503, reason: "", answered: true, retryIn: 60_000 });
  await account.close();
  expect(clock.pending).toEqual([]);
});
