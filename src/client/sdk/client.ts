import type {
  BulkInput,
  BulkResult,
  Call,
  CallQuery,
  CallWithTimeline,
  DialAccepted,
  DialInput,
  ExplainQuery,
  Explanation,
  Extension,
  ExtensionCreated,
  ExtensionInput,
  ExtensionPatch,
  ExtensionQuery,
  Node,
  OperationAccepted,
  Page,
  Registration,
  SigningKey,
  Token,
  TokenCreated,
  TokenInput,
  VerbInput,
  VerbName,
  WebClient,
  WebClientToken,
  WebClientTokenInput,
} from "../../contract/index.ts";
import { events, type EventMessage, type EventOptions } from "./events.ts";
import { Transport, type PatchcordOptions, type Query } from "./transport.ts";

export interface Abortable {
  readonly signal?: AbortSignal;
}

const at = (folder: string, id: string): string => `/${folder}/${encodeURIComponent(id)}`;

/** A typed client of one Patchcord, for Node from 22 on and browsers. Every method throws `PatchcordError`. */
export class Patchcord {
  readonly #transport: Transport;

  constructor(options: PatchcordOptions) {
    this.#transport = new Transport(options);
  }

  /** Every item of a list, page by page. */
  async *all<Item>(
    list: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
  ): AsyncGenerator<Item, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: Page<Item> = await list({ limit: 500, ...(cursor === null ? {} : { cursor }) });
      yield* page.items;
      cursor = page.next;
    } while (cursor !== null);
  }

  nodes(query: Query = {}, { signal }: Abortable = {}): Promise<Page<Node>> {
    return this.#transport.request("GET", "/nodes", { query, signal });
  }

  registrations(query: Query = {}, { signal }: Abortable = {}): Promise<Page<Registration>> {
    return this.#transport.request("GET", "/registrations", { query, signal });
  }

  extensions(query: ExtensionQuery = {}, { signal }: Abortable = {}): Promise<Page<Extension>> {
    return this.#transport.request("GET", "/extensions", { query, signal });
  }

  extension(number: string, { signal }: Abortable = {}): Promise<Extension> {
    return this.#transport.request("GET", at("extensions", number), { signal });
  }

  createExtension(body: ExtensionInput, { signal }: Abortable = {}): Promise<ExtensionCreated> {
    return this.#transport.request("POST", "/extensions", { body, signal });
  }

  createExtensions(body: BulkInput, { signal }: Abortable = {}): Promise<BulkResult> {
    return this.#transport.request("POST", "/extensions/bulk", { body, signal });
  }

  /** Changes the fields given. */
  updateExtension(
    number: string,
    body: ExtensionPatch,
    { signal }: Abortable = {},
  ): Promise<ExtensionCreated> {
    return this.#transport.request("PATCH", at("extensions", number), { body, signal });
  }

  /** Sets every field, to its default where none is given. */
  replaceExtension(
    number: string,
    body: ExtensionPatch,
    { signal }: Abortable = {},
  ): Promise<ExtensionCreated> {
    return this.#transport.request("PUT", at("extensions", number), { body, signal });
  }

  removeExtension(number: string, { signal }: Abortable = {}): Promise<void> {
    return this.#transport.request("DELETE", at("extensions", number), { signal });
  }

  dial(body: DialInput, { signal }: Abortable = {}): Promise<DialAccepted> {
    return this.#transport.request("POST", "/calls", { body, signal });
  }

  /** Calls that have not ended, unless the query says otherwise; the latest first. */
  calls(query: CallQuery = {}, { signal }: Abortable = {}): Promise<Page<Call>> {
    return this.#transport.request("GET", "/calls", { query, signal });
  }

  /** By the call's id or the uuid of one of its legs. */
  call(id: string, { signal }: Abortable = {}): Promise<CallWithTimeline> {
    return this.#transport.request("GET", at("calls", id), { signal });
  }

  /** Asks the switch; the outcome is an event with the operation's id. */
  perform<Name extends VerbName>(
    id: string,
    verb: Name,
    body: VerbInput<Name>,
    { signal }: Abortable = {},
  ): Promise<OperationAccepted> {
    return this.#transport.request("POST", `${at("calls", id)}/${verb}`, { body, signal });
  }

  /** Asks the switch and waits up to `seconds` (1 to 60) for the outcome: the call after it, or `not-confirmed`. */
  performAndWait<Name extends VerbName>(
    id: string,
    verb: Name,
    body: VerbInput<Name>,
    seconds: number,
    { signal }: Abortable = {},
  ): Promise<CallWithTimeline> {
    return this.#transport.request("POST", `${at("calls", id)}/${verb}`, {
      query: { wait: seconds },
      body,
      signal,
      patience: seconds * 1000,
    });
  }

  explain(query: ExplainQuery, { signal }: Abortable = {}): Promise<Explanation> {
    return this.#transport.request("GET", "/explain", { query, signal });
  }

  tokens(query: Query = {}, { signal }: Abortable = {}): Promise<Page<Token>> {
    return this.#transport.request("GET", "/tokens", { query, signal });
  }

  createToken(body: TokenInput, { signal }: Abortable = {}): Promise<TokenCreated> {
    return this.#transport.request("POST", "/tokens", { body, signal });
  }

  removeToken(id: string, { signal }: Abortable = {}): Promise<void> {
    return this.#transport.request("DELETE", at("tokens", id), { signal });
  }

  /** Web users who are online. */
  webClients(query: Query = {}, { signal }: Abortable = {}): Promise<Page<WebClient>> {
    return this.#transport.request("GET", "/webclients", { query, signal });
  }

  /** A token with which a browser is a web user, for `WebPhone`. */
  createWebClientToken(body: WebClientTokenInput, { signal }: Abortable = {}): Promise<WebClientToken> {
    return this.#transport.request("POST", "/webclients/tokens", { body, signal });
  }

  /** Signs web users' tokens with a new key; done twice, all that were given out before are void. */
  renewWebClientKey({ signal }: Abortable = {}): Promise<SigningKey> {
    return this.#transport.request("POST", "/webclients/keys", { signal });
  }

  /** What happens, as it happens, across lost connections; ends when the signal aborts. */
  events(options: EventOptions = {}): AsyncGenerator<EventMessage, void, undefined> {
    return events(this.#transport, options);
  }
}
