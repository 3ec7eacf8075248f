import type { Endpoint } from "../../../protocol/sdp/index.ts";
import type { SourceRule } from "./lane.ts";

/** How long after a description another host may still turn out to be its source. */
const learningMilliseconds = 5_000;

/**
 * From whom plain RTP is believed, as nothing in it proves who sent it: from the address that the description names, and
 * until something came from there, from the first other port of that host that sends (a NAT's) or, within 5 s, the
 * first of the other hosts that the rule lists. The next description that names another address starts anew.
 */
export class SourceFilter {
  #rule: SourceRule | null = null;
  #since = 0;
  /** Where the peer was found to be. */
  #source: Endpoint | null = null;

  /** The peer's address, where it is not the one that its description names. */
  get learned(): Endpoint | null {
    return this.#source === this.#rule?.endpoint ? null : this.#source;
  }

  set(rule: SourceRule | null, now: number): void {
    const named = rule?.endpoint;
    const before = this.#rule?.endpoint;
    const same = named?.host === before?.host && named?.port === before?.port;
    if (same && rule && this.#rule) {
      this.#rule = { ...rule, endpoint: this.#rule.endpoint };
      return;
    }
    this.#rule = rule;
    this.#since = now;
    this.#source = null;
  }

  takes(host: string, port: number, now: number): boolean {
    const rule = this.#rule;
    if (!rule) return false;
    if (port === rule.endpoint.port && host === rule.endpoint.host) {
      this.#source = rule.endpoint;
      return true;
    }
    const source = this.#source;
    if (source) return port === source.port && host === source.host;
    const early = now - this.#since <= learningMilliseconds && rule.others.includes(host);
    if (host !== rule.endpoint.host && !early) return false;
    this.#source = { host, port };
    return true;
  }

  /** RTCP comes from a port of its own, which need not be the one above RTP's. */
  takesReportsFrom(host: string): boolean {
    return host === (this.#source ?? this.#rule?.endpoint)?.host;
  }
}
