import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { timed } from "./harness/figures.ts";
import { TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

/** Modules that fail to load while nobody answers their request for a configuration. */
const modules = ["mod_sofia", "mod_conference", "mod_opus", "mod_commands", "mod_xml_curl"];

async function expectWorking({ freeSwitch, patchcord, sipPort }: TelephoneSystem): Promise<void> {
  for (const module of modules)
    expect(`${module} ${await freeSwitch.api(`module_exists ${module}`)}`).toBe(`${module} true`);
  const profile = await freeSwitch.api("sofia status profile internal");
  expect(profile).toContain(`sip:mod_sofia@127.0.0.1:${sipPort}`);
  expect(await freeSwitch.api("sofia status")).toMatch(/internal\s+profile\s+\S+\s+RUNNING/);
  const { body } = await patchcord.rest.get<{ items: unknown[] }>("nodes");
  expect(body.items).toEqual([expect.objectContaining({ state: "up", bound: true, lastError: null })]);
}

describe("a FreeSWITCH that was told nothing but where Patchcord is", () => {
  let system: TelephoneSystem | undefined;

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") system?.keep();
    await system?.close();
    system = undefined;
  });

  test("is ready when Patchcord was there first", async (context) => {
    system = await TelephoneSystem.prepare();
    const { patchcord, freeSwitch } = system;
    await patchcord.start();
    expect((await fetch(`${patchcord.url}/readyz`)).status).toBe(503);
    await freeSwitch.start();
    await timed(context, "From the switch's first answer to /readyz 200", async () => patchcord.ready());
    await expectWorking(system);
  });

  test("is repaired when it was booted while Patchcord was away", async (context) => {
    system = await TelephoneSystem.prepare();
    const { patchcord, freeSwitch } = system;
    await freeSwitch.start();
    expect(await freeSwitch.api("module_exists mod_sofia")).toBe("false");
    await patchcord.start();
    await timed(context, "From /healthz to a repaired switch and /readyz 200", async () => patchcord.ready());
    await expectWorking(system);
  });

  test("is ready when its event socket listens on IPv6, for nobody but loopback", async () => {
    system = await TelephoneSystem.prepare({ eventSocketHost: "[::1]" });
    const { patchcord, freeSwitch } = system;
    await patchcord.start();
    await freeSwitch.start();
    await patchcord.ready();
    await expectWorking(system);
    const { host } = freeSwitch.eventSocket;
    expect(host).toBe("::1");
    const file = join(freeSwitch.configuration, "autoload_configs", "event_socket.conf.xml");
    expect(/name="apply-inbound-acl" value="([^"]*)"/.exec(readFileSync(file, "utf8"))?.[1]).toBe("::1/128");
  });

  test("has no user of its own, and none left when Patchcord goes away", async () => {
    system = await TelephoneSystem.start();
    const { patchcord, freeSwitch, domain } = system;
    expect(await freeSwitch.api(`user_exists id 1001 ${domain}`)).toBe("true");
    await patchcord.stop();
    await freeSwitch.api("xml_flush_cache");
    await until(
      "the switch knows nobody",
      async () => (await freeSwitch.api(`user_exists id 1001 ${domain}`)) === "false",
    );
  });
});
