import { ScriptedPhone } from "../../fixtures/streams/record/scripted-phone.ts";
import type { Referred } from "../../../src/core/calls/index.ts";
import { type SystemOptions, TelephoneSystem } from "./system.ts";
import { withoutGateway, type WithoutGateway } from "./without-gateway.ts";

/** A real switch served by Patchcord, phones 1001 to 1003, and in the gateway's place one more, as the proxy account. */
export class WebUserStage {
  readonly system: TelephoneSystem;
  readonly patchcord: WithoutGateway;
  readonly proxy: ScriptedPhone;
  readonly phones: Readonly<Record<"1001" | "1002" | "1003", ScriptedPhone>>;

  private constructor(o: Pick<WebUserStage, "system" | "patchcord" | "proxy" | "phones">) {
    this.system = o.system;
    this.patchcord = o.patchcord;
    this.proxy = o.proxy;
    this.phones = o.phones;
  }

  static async open(options: SystemOptions = {}): Promise<WebUserStage> {
    const system = await TelephoneSystem.prepare(options);
    const patchcord = await withoutGateway(system);
    const register = async (number: string, password: string): Promise<ScriptedPhone> =>
      ScriptedPhone.register({ number, switchPort: system.sipPort, domain: system.domain, password });
    const phone = async (number: string): Promise<ScriptedPhone> =>
      register(number, system.passwordOf(number));
    return new WebUserStage({
      system,
      patchcord,
      proxy: await register("1000", patchcord.proxySecret),
      phones: { "1001": await phone("1001"), "1002": await phone("1002"), "1003": await phone("1003") },
    });
  }

  /** The reference of a call by the web user 77. */
  issue(displayName: string): string {
    const referred: Referred = { kind: "from-web-user", user: "77", displayName, invitation: "invitation" };
    return this.patchcord.references.issue(referred);
  }

  /** The web user 77 dials, as our user agent would. */
  dial(number: string, reference: string, displayName = "Ann"): ReturnType<ScriptedPhone["dial"]> {
    const from = `"${displayName}" <sip:077@${this.system.domain}>`;
    return this.proxy.dial(number, [`X-Patchcord-Ref: ${reference}`], from);
  }

  async close(): Promise<void> {
    for (const phone of [this.proxy, ...Object.values(this.phones)]) phone.close();
    await this.patchcord.close();
    await this.system.close();
  }
}
