import type { Answer } from "./event-socket.ts";

/** What a switch knows, and how it answers the api commands that Patchcord sends, with a test's hand on all of it. */
export class SwitchState {
  core = "core-1";
  /** The nonce in the patchcord.conf that it is served; null when it asks somebody else. */
  instance: string | null = "nonce";
  /** Channels that exist: the headers of their uuid_dump. */
  readonly channels = new Map<string, Record<string, string>>();
  /** Uuids that its table lists although there is no such channel, or not yet. */
  stale: string[] = [];
  /** Uuids of channels that its table does not list yet. */
  unlisted: string[] = [];
  registrations: { user: string; callId: string }[] = [];
  readonly modules = new Set(["mod_sofia"]);
  profileRuns = true;
  ready = true;
  /** Replies that differ from the usual, by the command's first words. */
  readonly replies = new Map<string, string | undefined>();
  #sequence = 0;

  /** Headers of an event of this switch. */
  event(headers: Record<string, string>, time: number): Record<string, string> {
    this.#sequence += 1;
    return {
      "Core-UUID": this.core,
      "Event-Sequence": String(this.#sequence),
      "Event-Date-Timestamp": String(time * 1000),
      ...headers,
    };
  }

  /** Makes a channel and resolves to its CHANNEL_CREATE. */
  create(uuid: string, time: number, headers: Record<string, string> = {}): Record<string, string> {
    const channel = {
      "Unique-ID": uuid,
      "Call-Direction": "inbound",
      "Channel-State": "CS_EXECUTE",
      "Channel-Call-State": "RINGING",
      "Caller-Caller-ID-Number": "1001",
      "Caller-Caller-ID-Name": "One",
      "Caller-Destination-Number": "1002",
      "Channel-Name": "sofia/internal/1001@d.test",
      "Caller-Channel-Created-Time": String(time * 1000),
      ...headers,
    };
    this.channels.set(uuid, channel);
    return this.event({ "Event-Name": "CHANNEL_CREATE", ...channel }, time);
  }

  /** Ends a channel and resolves to its CHANNEL_HANGUP_COMPLETE. */
  hangUp(uuid: string, time: number, cause = "NORMAL_CLEARING"): Record<string, string> {
    const channel = this.channels.get(uuid) ?? { "Unique-ID": uuid };
    this.channels.delete(uuid);
    const end = {
      "Event-Name": "CHANNEL_HANGUP_COMPLETE",
      "Channel-Call-State": "HANGUP",
      "Hangup-Cause": cause,
    };
    return this.event({ ...channel, ...end }, time);
  }

  heartbeat(time: number, sessions = this.channels.size): Record<string, string> {
    return this.event(
      {
        "Event-Name": "HEARTBEAT",
        "Session-Count": String(sessions),
        "Session-Peak-Max": "9",
        "Session-Per-Sec-Last": "2",
      },
      time,
    );
  }

  readonly answer: Answer = (line) => {
    for (const [start, reply] of this.replies) if (line.startsWith(start)) return reply;
    const [command = "", ...args] = line.split(" ");
    switch (command) {
      case "global_getvar":
        return this.core;
      case "version":
        return "FreeSWITCH Version 1.11.3-dev+git (git cc93a68 64bit)\n";
      case "hostname":
        return "fake";
      case "show":
        return this.#show();
      case "uuid_exists":
        return String(this.channels.has(args[0] ?? ""));
      case "uuid_dump":
        return this.#dump(args[0] ?? "");
      case "sofia":
        return this.#sofia(args);
      case "xml_locate":
        return this.instance === null
          ? "can't find anything\n"
          : `<configuration name="patchcord.conf"><settings><param name="instance" value="${this.instance}"></param></settings></configuration>\n`;
      case "module_exists":
        return String(this.modules.has(args[0] ?? ""));
      case "load":
        this.modules.add(args[0] ?? "");
        if (args[0] === "mod_sofia") this.profileRuns = true;
        return "+OK Reloading XML\n+OK\n";
      case "fsctl":
        return String(this.ready);
      case "xml_flush_cache":
        return "+OK cleared 0 entries\n";
      case "reloadacl":
        return "+OK acl reloaded\n";
      default:
        return "+OK\n";
    }
  };

  #show(): string {
    const listed = [...this.channels.keys()].filter((uuid) => !this.unlisted.includes(uuid));
    const rows = [...listed, ...this.stale].map((uuid) => ({ uuid }));
    return JSON.stringify({ row_count: rows.length, ...(rows.length > 0 ? { rows } : {}) });
  }

  #dump(uuid: string): string {
    const channel = this.channels.get(uuid);
    return channel ? JSON.stringify({ "Event-Name": "CHANNEL_DATA", ...channel }) : "-ERR No such channel!\n";
  }

  #sofia(args: readonly string[]): string {
    if (!this.modules.has("mod_sofia")) return "-ERR sofia Command not found!\n";
    if (args.includes("start")) {
      this.profileRuns = true;
      return "Reload XML [Success]\ninternal started successfully\n";
    }
    if (!this.profileRuns) return "Invalid Profile!\n";
    const list = args.includes("reg") ? this.registrations : [];
    const elements = list.map(
      ({ user, callId }) =>
        `    <registration>\n        <call-id>${callId}</call-id>\n        <user>${user}@d.test</user>\n        <contact>&lt;sip:${user}@127.0.0.1:5070&gt;</contact>\n        <agent>phone</agent>\n        <status>Registered(UDP)(unknown) exp(x) expsecs(60)</status>\n        <network-ip>127.0.0.1</network-ip>\n        <network-port>5070</network-port>\n    </registration>\n`,
    );
    return `<profile>\n  <registrations>\n${elements.join("")}  </registrations>\n</profile>\n`;
  }
}
