import { describe, expect, test } from "vitest";
import type { HeaderPair, Registration, SipRequest } from "../../../../../src/protocol/sip/index.ts";
import { nothingLeft } from "../../../../fakes/sip-pair.ts";
import { Scene } from "../../../../fakes/sip-peer.ts";

const challenge = 'Digest realm="example.org", nonce="n1", qop="auth", algorithm=MD5';

class Registering {
  readonly scene: Scene;
  readonly told: string[] = [];
  registration!: Registration;

  private constructor(scene: Scene) {
    this.scene = scene;
  }

  static async start(protocol: "UDP" | "TCP" = "UDP", expires = 600): Promise<Registering> {
    const registering = new Registering(await Scene.open({}, protocol));
    const { scene, told } = registering;
    registering.registration = scene.agent.register(
      {
        registrar: "sip:example.org",
        to: scene.peer.address,
        uri: "sip:us@example.org",
        credentials: { username: "us", password: "secret" },
        expires,
      },
      {
        registered: (granted) => told.push(`registered ${granted.expires}`),
        failed: ({ status, retryIn }) => told.push(`failed ${status} ${retryIn}`),
      },
    );
    await scene.pass();
    return registering;
  }

  get request(): SipRequest {
    return this.scene.peer.request("REGISTER");
  }

  /** REGISTERs so far, retransmissions left out. */
  get count(): number {
    return this.scene.peer.distinct.length;
  }

  /** Without a contact, if none is given. */
  async answer(status: number, headers: readonly HeaderPair[] = []): Promise<void> {
    const { peer } = this.scene;
    await peer.answer(this.request, status, { headers: [["Contact", ""], ...headers] });
    await this.scene.pass();
  }

  /** With a contact that is granted so long. */
  async grant(expires: number): Promise<void> {
    await this.answer(200, [["Contact", `<sip:us@10.0.0.1:5060>;expires=${expires}`]]);
  }
}

describe("a registration", () => {
  test("answers the challenge, and is told with the seconds granted to our contact", async () => {
    const one = await Registering.start();
    const { headers, uri } = one.request;
    expect(uri).toBe("sip:example.org");
    expect(headers.get("To")).toBe("<sip:us@example.org>");
    expect(headers.get("Contact")).toBe("<sip:us@10.0.0.1:5060>");
    expect(headers.get("Expires")).toBe("600");
    expect(headers.has("Authorization")).toBe(false);
    await one.answer(401, [["WWW-Authenticate", challenge]]);
    expect(one.request.headers.get("CSeq")).toBe("2 REGISTER");
    expect(one.request.headers.get("Call-ID")).toBe(headers.get("Call-ID"));
    expect(one.request.headers.get("Authorization")).toContain('uri="sip:example.org"');
    await one.answer(200, [
      ["Contact", '"x" <sip:other@10.0.0.5>;expires=7, <sip:us@10.0.0.1:5060;x=y>;expires=300'],
      ["Expires", "60"],
    ]);
    expect(one.told).toEqual(["registered 300"]);
    expect(one.registration.state).toBe("registered");
  });

  test.each([
    [600, 540_000],
    [60, 30_000],
  ])("of %s s is refreshed after %s ms", async (granted, after) => {
    const one = await Registering.start();
    await one.grant(granted);
    await one.scene.pass(after - 1000);
    expect(one.count).toBe(1);
    await one.scene.pass(1100);
    expect(one.count).toBe(2);
    expect(one.registration.state).toBe("registering");
    await one.grant(granted);
    expect(one.told).toEqual([`registered ${granted}`, `registered ${granted}`]);
  });

  test.each([
    ["the Expires header", [["Expires", "120"]], 120],
    ["what was asked for", [], 600],
    ["a day at most", [["Expires", "4000000"]], 86_400],
    [
      "the header, beside a contact that cannot be read",
      [
        ["Contact", "<sip:"],
        ["Expires", "50"],
      ],
      50,
    ],
  ] as const)("without its contact in the answer is granted %s", async (_, headers, expires) => {
    const one = await Registering.start();
    await one.answer(200, headers);
    expect(one.told).toEqual([`registered ${expires}`]);
  });

  test("that is too brief is asked for longer at once (423)", async () => {
    const one = await Registering.start("UDP", 60);
    await one.answer(423, [["Min-Expires", "1800"]]);
    expect(one.request.headers.get("Expires")).toBe("1800");
    await one.grant(1800);
    expect(one.told).toEqual(["registered 1800"]);
    // No longer than is needed to be told so once.
    await one.scene.pass(1_740_100);
    await one.answer(423, [["Min-Expires", "60"]]);
    expect(one.told.at(-1)).toMatch(/^failed 423/);
  });

  test("whose nonce is stale answers the next one; with a wrong password it has failed", async () => {
    const one = await Registering.start();
    await one.answer(401, [["WWW-Authenticate", challenge]]);
    await one.answer(401, [["WWW-Authenticate", `${challenge.replace("n1", "n2")}, stale=true`]]);
    expect(one.request.headers.get("Authorization")).toContain('nonce="n2"');
    await one.answer(401, [["WWW-Authenticate", challenge.replace("n1", "n3")]]);
    expect(one.told).toEqual(["failed 401 750"]);
    expect(one.registration.state).toBe("failed");
  });

  test("that fails is tried again, later and later, a minute at most; success begins anew", async () => {
    const one = await Registering.start();
    for (let failures = 0; failures < 8; failures += 1) {
      await one.answer(403);
      const wait = Number(one.told.at(-1)?.split(" ")[2]);
      await one.scene.pass(wait - 100);
      expect(one.count).toBe(failures + 1);
      await one.scene.pass(200);
      expect(one.count).toBe(failures + 2);
    }
    expect(one.told.map((told) => told.split(" ")[2])).toEqual([
      "750",
      "1500",
      "3000",
      "6000",
      "12000",
      "24000",
      "45000",
      "45000",
    ]);
    await one.grant(600);
    await one.scene.pass(540_100);
    await one.answer(500);
    expect(one.told.at(-1)).toBe("failed 500 750");
  });

  test("is tried again when the registrar says", async () => {
    const one = await Registering.start();
    await one.answer(503, [["Retry-After", "30 (busy)"]]);
    expect(one.told).toEqual(["failed 503 30000"]);
    await one.scene.pass(30_100);
    await one.answer(503, [["Retry-After", "99999999"]]);
    expect(one.told.at(-1)).toBe("failed 503 600000");
  });

  test("that nobody answers has failed with 408 after 32 s", async () => {
    const one = await Registering.start();
    await one.scene.pass(32_100);
    expect(one.told).toEqual(["failed 408 750"]);
  });

  test("that is granted nothing has failed", async () => {
    const one = await Registering.start();
    await one.grant(0);
    expect(one.told).toEqual(["failed 200 750"]);
  });

  test("asked to refresh does so at once, and never twice at a time", async () => {
    const one = await Registering.start();
    one.registration.refresh();
    one.registration.refresh();
    await one.scene.pass();
    expect(one.count).toBe(1);
    await one.grant(600);
    expect(one.count).toBe(2);
    await one.grant(600);
    one.registration.refresh();
    await one.scene.pass();
    expect(one.count).toBe(3);
    await one.grant(600);
    expect(one.count).toBe(3);
    // The refresh that was due is the latest one's.
    await one.scene.pass(540_100);
    expect(one.count).toBe(4);
  });

  test("over TCP is made anew when its connection is lost, not another", async () => {
    const one = await Registering.start("TCP");
    await one.answer(200, [["Expires", "600"]]);
    expect(one.told).toEqual(["registered 600"]);
    const flow = (port: number): Parameters<typeof one.scene.drop>[0] => ({
      local: { protocol: "TCP", host: "10.0.0.1", port: 5060 },
      remote: { protocol: "TCP", host: "10.0.0.9", port },
    });
    one.scene.drop(flow(40_000));
    await one.scene.pass();
    expect(one.count).toBe(1);
    one.scene.drop(flow(5060));
    await one.scene.pass();
    expect(one.count).toBe(2);
    expect(one.request.headers.get("Contact")).toBe("<sip:us@10.0.0.1:5060;transport=tcp>");
  });

  test("closed is taken back, once, and tells nothing more", async () => {
    const one = await Registering.start();
    await one.grant(600);
    let closed = false;
    void one.registration.close().then(() => (closed = true));
    void one.registration.close();
    await one.scene.pass();
    expect(one.request.headers.get("Expires")).toBe("0");
    expect(closed).toBe(false);
    await one.answer(401, [["WWW-Authenticate", challenge]]);
    expect(one.request.headers.get("Authorization")).toBeDefined();
    await one.answer(200);
    expect(closed).toBe(true);
    one.registration.refresh();
    expect(await one.scene.left()).toEqual(nothingLeft);
    expect(one.told).toEqual(["registered 600"]);
    expect(one.count).toBe(3);
    expect(one.registration.state).toBe("closed");
  });

  test("closed while it is under way waits for that before it is taken back", async () => {
    const one = await Registering.start();
    const closed = one.registration.close();
    await one.scene.pass();
    expect(one.count).toBe(1);
    await one.grant(600);
    expect(one.count).toBe(2);
    expect(one.request.headers.get("Expires")).toBe("0");
    await one.answer(200);
    await closed;
    expect(one.told).toEqual([]);
    expect(await one.scene.left()).toEqual(nothingLeft);
  });

  test("that failed and is closed says nothing to the registrar", async () => {
    const one = await Registering.start();
    await one.answer(403);
    await one.registration.close();
    expect(one.count).toBe(1);
    expect(await one.scene.left()).toEqual(nothingLeft);
  });

  test("is taken back when the agent closes; it does not wait for a registrar that is gone", async () => {
    const one = await Registering.start();
    await one.grant(600);
    const closed = one.scene.agent.close();
    await one.scene.pass(4100);
    await closed;
    expect(one.request.headers.get("Expires")).toBe("0");
    expect(one.scene.clock.pending).toEqual([]);
  });
});
