import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { liveCalls } from "./harness/calls.ts";
import { Patchcord } from "./harness/patchcord.ts";
import { freePort } from "./harness/ports.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { TcpProxy } from "./harness/tcp-proxy.ts";
import { until } from "./harness/until.ts";

interface Node {
  readonly state: string;
  readonly bound: boolean | null;
  readonly lastError: string | null;
}

/** What may be sent to a switch that is not ours: it reads, it changes nothing. */
const harmless =
  /^(auth \S+|event .*|filter .*|nixevent .*|noevents|(bg)?api (xml_locate|module_exists|status|version|show|uuid_exists|uuid_dump|uuid_getvar|global_getvar|hostname|sofia xmlstatus|sofia status|echo|uptime)( .*)?|Job-UUID: .*|exit|)$/;

describe("a second Patchcord that is pointed at this switch", () => {
  const system = systemOfFile(async () => {
    const prepared = await TelephoneSystem.prepare();
    // Only 127.0.0.1 is let in, so that 127.0.0.9 is a stranger.
    const file = join(prepared.freeSwitch.configuration, "autoload_configs", "event_socket.conf.xml");
    const text = readFileSync(file, "utf8").replace(/\s*<param name="apply-inbound-acl"[^>]*>/, "");
    writeFileSync(
      file,
      text.replace("</settings>", '<param name="apply-inbound-acl" value="127.0.0.1/32"/></settings>'),
    );
    await prepared.patchcord.start();
    await prepared.freeSwitch.start();
    await prepared.patchcord.ready();
    await prepared.provision({ from: 1000, to: 1002 });
    return prepared;
  });

  /** Starts it with its own data folder; resolves to its node once `fits`. */
  async function secondOne(
    name: string,
    { port, password }: { port: number; password: string },
    fits: (node: Node) => boolean,
    and: (patchcord: Patchcord) => Promise<void> = async () => undefined,
  ): Promise<Node> {
    const patchcord = new Patchcord(join(system().home, name), await freePort(), {
      PATCHCORD_SWITCHES: `esl://:${password}@127.0.0.1:${port}`,
      PATCHCORD_DOMAIN: system().domain,
    });
    await patchcord.start();
    try {
      const node = await until(
        `the node of ${name}`,
        async () => {
          const { body } = await patchcord.rest.get<{ items: Node[] }>("nodes");
          const [found] = body.items;
          if (found && fits(found)) return found;
          throw new Error(JSON.stringify(found));
        },
        { seconds: 30 },
      );
      expect((await fetch(`${patchcord.url}/readyz`)).status).toBe(503);
      await and(patchcord);
      return node;
    } finally {
      await patchcord.stop();
    }
  }

  test("with a wrong password is told so", async () => {
    const { port } = system().freeSwitch.eventSocket;
    const node = await secondOne(
      "wrong-password",
      { port, password: "wrong" },
      ({ lastError }) => lastError !== null,
    );
    expect(node.state).not.toBe("up");
    expect(node.lastError).toMatch(/password/i);
    expect(node.lastError).not.toMatch(/\bacl\b/i);
  });

  test("from an address that the switch's ACL refuses is told so", async () => {
    const { port, password } = system().freeSwitch.eventSocket;
    const proxy = await TcpProxy.start(port, "127.0.0.9");
    try {
      const node = await secondOne(
        "acl",
        { port: proxy.port, password },
        ({ lastError }) => lastError !== null,
      );
      expect(node.state).not.toBe("up");
      expect(node.lastError).toMatch(/\bacl\b/i);
    } finally {
      await proxy.close();
    }
  });

  test("that nobody listens at is told so", async () => {
    const port = await freePort();
    const node = await secondOne("nobody", { port, password: "any" }, ({ lastError }) => lastError !== null);
    expect(node.lastError).toMatch(/refused|reach|listen/i);
  });

  test("that asks another Patchcord is left alone", async () => {
    const { port, password } = system().freeSwitch.eventSocket;
    const proxy = await TcpProxy.start(port);
    try {
      const node = await secondOne(
        "unbound",
        { port: proxy.port, password },
        ({ bound }) => bound === false,
        async (other) => {
          const { rest } = other;
          expect((await rest.post("extensions/bulk", { from: "1000", to: "1005" })).status).toBeLessThan(300);
          const refused = await rest.post("calls", { from: "1001", to: "1002" });
          expect(refused).toMatchObject({ status: 409, body: { code: "switch-not-bound" } });
          expect((await rest.patch("extensions/1001", { enabled: false })).status).toBe(200);
        },
      );
      expect(node.lastError).toMatch(/patchcord conf/);
      const sent = proxy.fromClient.split("\n").map((line) => line.trimEnd());
      expect(sent.filter((line) => !harmless.test(line))).toEqual([]);
      expect(sent.join("\n")).toContain("xml_locate");
    } finally {
      await proxy.close();
    }
    // The first one goes on as before.
    expect((await fetch(`${system().patchcord.url}/readyz`)).status).toBe(200);
    expect(await liveCalls(system())).toEqual([]);
  });
});
