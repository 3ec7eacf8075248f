import { once } from "node:events";
import { createConnection } from "node:net";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { apiArgument, channelVariables } from "../../src/protocol/dialstring/index.ts";
import { until } from "./harness/until.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";

/** What the documents that we serve make a real FreeSWITCH do, asked of it by its own commands. */
describe("a switch that lives from our documents", () => {
  const system = systemOfFile(async () =>
    // So long that only being told of a change can make the switch ask again.
    TelephoneSystem.start({ environment: { PATCHCORD_DIRECTORY_CACHE_SECONDS: "3600" } }),
  );
  const api = async (command: string): Promise<string> => (await system().freeSwitch.api(command)).trim();
  /** What the command answers, once it answers so: a change reaches the switch after its own answer. */
  const answers = async (command: string, wanted: string): Promise<void> =>
    void (await until(`${command} → ${wanted}`, async () => (await api(command)) === wanted));
  const patch = async (number: string, fields: Record<string, unknown>): Promise<void> => {
    expect((await system().patchcord.rest.patch(`extensions/${number}`, fields)).status).toBe(200);
  };

  beforeAll(async () => {
    await patch("1001", { callGroup: "sales", displayName: `Sales/EU <a&b>` });
    await patch("1002", { callGroup: "sales,support" });
  });

  test("has one profile, for phones and for browsers", async () => {
    const status = await api("sofia status profile internal");
    expect(status).toMatch(/WS-BIND-URL\s+sip:mod_sofia@127\.0\.0\.1:\d+;transport=ws/);
    expect(status).toMatch(/WSS-BIND-URL\s+sips:mod_sofia@127\.0\.0\.1:\d+;transport=wss/);
    expect(status).toMatch(new RegExp(`Challenge Realm\\s+${system().domain}`));
    expect(await api("sofia status")).toContain("1 profile 1 alias");
  });

  test("knows its domain and its users, and no others", async () => {
    const { domain } = system();
    expect(await api(`domain_exists ${domain}`)).toBe("true");
    expect(await api("domain_exists other.test")).toBe("false");
    expect(await api(`user_exists id 1001 ${domain}`)).toBe("true");
    expect(await api(`user_exists id 1999 ${domain}`)).toBe("false");
    expect(await api("user_exists id 1001 other.test")).toBe("false");
  });

  test("does not find a disabled extension", async () => {
    const { domain } = system();
    await patch("1002", { enabled: false });
    await answers(`user_exists id 1002 ${domain}`, "false");
    expect(await api(`group_call sales@${domain}`)).toBe(`user/1001@${domain}`);
    await patch("1002", { enabled: true });
    await answers(`user_exists id 1002 ${domain}`, "true");
  });

  test("calls a group as its members", async () => {
    const { domain } = system();
    expect(await api(`group_call sales@${domain}`)).toBe(`user/1001@${domain},user/1002@${domain}`);
    expect(await api(`group_call support@${domain}`)).toBe(`user/1002@${domain}`);
    expect(await api(`group_call nobody@${domain}`)).toBe("error/NO_ROUTE_DESTINATION");
  });

  test("is told an extension's password as HA1 alone", async () => {
    const { domain } = system();
    expect(await api(`user_data 1001@${domain} param a1-hash`)).toMatch(/^[0-9a-f]{32}$/);
    for (const name of ["password", "vm-password", "esl-password"]) {
      expect(await api(`user_data 1001@${domain} param ${name}`)).toBe("-ERR no reply");
    }
  });

  test.each(["", "1001", "secret"])("lets no extension use the event socket with %j", async (password) => {
    const socket = createConnection({ host: "127.0.0.1", port: system().freeSwitch.eventSocket.port });
    let received = "";
    socket.on("data", (bytes) => (received += bytes.toString()));
    socket.write(`userauth 1001@${system().domain}:${password}\n\n`);
    await once(socket, "close");
    expect(received).toContain("-ERR invalid");
    expect(received).not.toContain("+OK");
  });

  test.each([
    ["127.0.0.1", "true"],
    ["10.1.2.3", "true"],
    ["203.0.113.9", "true"],
    ["0.0.0.0", "false"],
    ["169.254.1.1", "false"],
    ["239.1.2.3", "false"],
    ["::1", "false"],
    ["2001:db8::1", "false"],
  ])("may send a browser's media to %s: %s", async (address, allowed) => {
    expect(await api(`acl ${address} candidates`)).toBe(allowed);
  });

  test("keeps a cause apart from another", async () => {
    const { domain } = system();
    expect(await api(`originate user/1001@${domain} &park`)).toBe("-ERR USER_NOT_REGISTERED");
    expect(await api(`originate user/1999@${domain} &park`)).toBe("-ERR SUBSCRIBER_ABSENT");
  });

  /** How many look-ups for a call to a user were answered: of the kind that FreeSWITCH keeps. */
  async function lookUps(): Promise<number> {
    const text = await (await fetch(`${system().patchcord.url}/metrics`)).text();
    const counts = text.matchAll(
      /^patchcord_xml_curl_requests_total\{[^}]*kind="directory\.user_call"[^}]*\} (\d+)$/gm,
    );
    return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
  }

  /** Variables of the channel that an originate makes. */
  async function originated(dialString: string): Promise<Record<string, string>> {
    const replies: string[] = [];
    let uuid: string | undefined;
    // Once in some thousands the null endpoint fails by itself; a string that is wrong fails always.
    while (uuid === undefined && replies.length < 2) {
      const reply = await api(`originate ${apiArgument(dialString)} &park`);
      uuid = /^\+OK (\S+)/.exec(reply)?.[1];
      replies.push(reply);
    }
    if (uuid === undefined) throw new Error(`not originated: ${dialString}: ${replies.join()}`);
    const dump = JSON.parse(await api(`uuid_dump ${uuid} json`)) as Record<string, string>;
    await api(`uuid_kill ${uuid}`);
    return dump;
  }

  test("reads back every variable as it was put into a dial string", async () => {
    const hard = [
      "\\",
      "'",
      '"',
      ",",
      "=",
      "|",
      ":",
      ":_:",
      "^^",
      " ",
      "$",
      "n",
      "s",
      "<",
      ">",
      "user/1001",
      "é",
      "x",
    ];
    const value = fc
      .array(fc.constantFrom(...hard), { minLength: 1, maxLength: 10 })
      .map((parts) => parts.join(""));
    for (const [one, two, three] of fc.sample(fc.tuple(value, value, value), 60)) {
      const brackets = channelVariables({ x_one: one, x_two: two, x_three: three });
      expect(await originated(`${brackets}null/1`)).toMatchObject({
        variable_x_one: one,
        variable_x_two: two,
        variable_x_three: three,
      });
    }
  });

  test("keeps a user for itself until it is told of a change", async () => {
    const call = `originate user/1002@${system().domain} &park`;
    await answers(call, "-ERR USER_NOT_REGISTERED");
    const asked = await lookUps();
    for (let time = 0; time < 5; time += 1) expect(await api(call)).toBe("-ERR USER_NOT_REGISTERED");
    expect(await lookUps()).toBe(asked);
    await patch("1002", { enabled: false });
    await answers(call, "-ERR SUBSCRIBER_ABSENT");
    expect(await lookUps()).toBeGreaterThan(asked);
  });
});
