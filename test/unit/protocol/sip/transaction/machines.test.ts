import { describe, expect, test } from "vitest";
import {
  inviteClient,
  stepInviteClient,
  type InviteClient,
} from "../../../../../src/protocol/sip/transaction/invite-client.ts";
import {
  inviteServer,
  stepInviteServer,
  type InviteServer,
} from "../../../../../src/protocol/sip/transaction/invite-server.ts";
import {
  nonInviteClient,
  stepNonInviteClient,
  type NonInviteClient,
} from "../../../../../src/protocol/sip/transaction/non-invite-client.ts";
import {
  nonInviteServer,
  stepNonInviteServer,
  type NonInviteServer,
} from "../../../../../src/protocol/sip/transaction/non-invite-server.ts";
import { cell, cells, clientInputs, serverInputs } from "./cells.ts";

const clientNames = Object.keys(clientInputs);
const serverNames = Object.keys(serverInputs);
const input = <Input>(inputs: Readonly<Record<string, Input>>, name: string): Input => {
  const found = inputs[name];
  if (found === undefined) throw new Error(`no input ${name}`);
  return found;
};

describe("INVITE client transaction (RFC 3261 17.1.1, RFC 6026 7.2)", () => {
  const transported = (reliable: boolean): [string, string, string][] =>
    cells(clientNames, {
      initial: {
        start: reliable ? "calling: send, B=32000" : "calling: send, A=500, B=32000",
      },
      calling: {
        "100 | 199": "proceeding: stop A, stop B, tell",
        "200 | 299": "accepted: stop A, stop B, tell, M=32000",
        "300 | 699": reliable
          ? "terminated: stop A, stop B, acknowledge, tell"
          : "completed: stop A, stop B, acknowledge, tell, D=32000",
        "timer A": "calling: resend, A=1000",
        "timer B": "terminated: fail timeout",
        "transport error": "terminated: fail transport",
      },
      proceeding: {
        "100 | 199": "proceeding: tell",
        "200 | 299": "accepted: tell, M=32000",
        "300 | 699": reliable ? "terminated: acknowledge, tell" : "completed: acknowledge, tell, D=32000",
      },
      completed: {
        "300 | 699": "completed: acknowledge",
        "timer D": "terminated:",
        "transport error": "terminated: fail transport",
      },
      accepted: {
        "200 | 299": "accepted: tell",
        "timer M": "terminated:",
      },
      terminated: {},
    });

  describe.each([false, true])("reliable: %s", (reliable) => {
    test.each(transported(reliable))("%s, %s → %s", (name, given, expected) => {
      const state = { ...inviteClient(reliable), name: name as InviteClient["name"] };
      expect(cell(stepInviteClient(state, input(clientInputs, given)))).toBe(expected);
    });
  });

  test("timer A doubles without end: T1, 2 T1 … 32 T1 until B", () => {
    let { state } = stepInviteClient(inviteClient(false), { type: "start" });
    const intervals: number[] = [];
    for (let fired = 0; fired < 6; fired += 1) {
      const step = stepInviteClient(state, { type: "timer", timer: "A" });
      state = step.state;
      intervals.push(state.interval);
    }
    expect(intervals).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000]);
  });
});

describe("non-INVITE client transaction (RFC 3261 17.1.2)", () => {
  const transported = (reliable: boolean): [string, string, string][] => {
    const final = reliable ? "terminated: stop F, tell" : "completed: stop E, stop F, tell, K=5000";
    const waiting = {
      "100 | 199": "proceeding: tell",
      "200 | 299 | 300 | 699": final,
      "timer F": "terminated: fail timeout",
      "transport error": "terminated: fail transport",
    };
    return cells(clientNames, {
      initial: { start: reliable ? "trying: send, F=32000" : "trying: send, E=500, F=32000" },
      trying: { ...waiting, "timer E": "trying: resend, E=1000" },
      proceeding: { ...waiting, "timer E": "proceeding: resend, E=4000" },
      completed: { "timer K": "terminated:" },
      terminated: {},
    });
  };

  describe.each([false, true])("reliable: %s", (reliable) => {
    test.each(transported(reliable))("%s, %s → %s", (name, given, expected) => {
      const state = { ...nonInviteClient(reliable), name: name as NonInviteClient["name"] };
      expect(cell(stepNonInviteClient(state, input(clientInputs, given)))).toBe(expected);
    });
  });

  test("timer E doubles up to T2", () => {
    let { state } = stepNonInviteClient(nonInviteClient(false), { type: "start" });
    const intervals: number[] = [];
    for (let fired = 0; fired < 5; fired += 1) {
      state = stepNonInviteClient(state, { type: "timer", timer: "E" }).state;
      intervals.push(state.interval);
    }
    expect(intervals).toEqual([1000, 2000, 4000, 4000, 4000]);
  });
});

describe("INVITE server transaction (RFC 3261 17.2.1, RFC 6026 7.1)", () => {
  const transported = (reliable: boolean): [string, string, string][] =>
    cells(serverNames, {
      proceeding: {
        "100 | 199": "proceeding: send",
        "200 | 299": "accepted: send, L=32000",
        "300 | 699": reliable ? "completed: send, H=32000" : "completed: send, G=500, H=32000",
        request: "proceeding: resend",
        "transport error": "proceeding: fail transport",
      },
      completed: {
        request: "completed: resend",
        ack: reliable ? "terminated: stop H" : "confirmed: stop G, stop H, I=5000",
        "timer G": "completed: resend, G=1000",
        "timer H": "terminated: fail timeout",
        "transport error": "completed: fail transport",
      },
      confirmed: { "timer I": "terminated:" },
      accepted: {
        "200 | 299": "accepted: send",
        ack: "accepted: tell",
        "timer L": "terminated:",
        "transport error": "accepted: fail transport",
      },
      terminated: {},
    });

  describe.each([false, true])("reliable: %s", (reliable) => {
    test.each(transported(reliable))("%s, %s → %s", (name, given, expected) => {
      const state = { ...inviteServer(reliable), name: name as InviteServer["name"] };
      expect(cell(stepInviteServer(state, input(serverInputs, given)))).toBe(expected);
    });
  });

  test("timer G doubles up to T2", () => {
    let { state } = stepInviteServer(inviteServer(false), { type: "respond", status: 486 });
    const intervals: number[] = [];
    for (let fired = 0; fired < 5; fired += 1) {
      state = stepInviteServer(state, { type: "timer", timer: "G" }).state;
      intervals.push(state.interval);
    }
    expect(intervals).toEqual([1000, 2000, 4000, 4000, 4000]);
  });
});

describe("non-INVITE server transaction (RFC 3261 17.2.2)", () => {
  const transported = (reliable: boolean): [string, string, string][] => {
    const final = reliable ? "terminated: send" : "completed: send, J=32000";
    return cells(serverNames, {
      trying: {
        "100 | 199": "proceeding: send",
        "200 | 299 | 300 | 699": final,
        "transport error": "trying: fail transport",
      },
      proceeding: {
        "100 | 199": "proceeding: send",
        "200 | 299 | 300 | 699": final,
        request: "proceeding: resend",
        "transport error": "proceeding: fail transport",
      },
      completed: {
        request: "completed: resend",
        "timer J": "terminated:",
        "transport error": "completed: fail transport",
      },
      terminated: {},
    });
  };

  describe.each([false, true])("reliable: %s", (reliable) => {
    test.each(transported(reliable))("%s, %s → %s", (name, given, expected) => {
      const state = { ...nonInviteServer(reliable), name: name as NonInviteServer["name"] };
      expect(cell(stepNonInviteServer(state, input(serverInputs, given)))).toBe(expected);
    });
  });
});
