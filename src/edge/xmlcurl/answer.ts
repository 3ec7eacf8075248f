import type { Extension } from "../../core/extensions/index.ts";
import { type References, type Referred, webParty } from "../../core/calls/index.ts";
import { decide, type RouteCaller, type RouteDirectory } from "../../core/routing/index.ts";
import {
  emptyChatplanDocument,
  notFoundDocument,
  renderConfigurations,
  renderDialplan,
  renderDomain,
  renderGroup,
  renderUser,
  type DocumentSettings,
} from "../../dialplan/index.ts";
import type { XmlCurlRequest } from "./request.ts";

/** How a look-up ended; everything but `found` is a not-found document, or for `no-route` a rejection. */
export type LookupOutcome =
  | "found"
  | "unknown-user"
  | "unknown-domain"
  | "no-route"
  | "unsupported"
  | "deadline"
  | "error";

export interface Answer {
  readonly document: string;
  readonly outcome: LookupOutcome;
}

/** What answers need to know; `core/extensions` has it. */
export interface Directory extends RouteDirectory {
  /** Those of a call group, the disabled ones too. */
  group(domain: string, group: string): Promise<Extension[]>;
}

const found = (document: string): Answer => ({ document, outcome: "found" });

const notFound = (outcome: LookupOutcome): Answer => ({ document: notFoundDocument, outcome });

const word = /^[A-Za-z0-9_.-]{1,64}$/;

type Of<Ask extends XmlCurlRequest["ask"]> = Extract<XmlCurlRequest, { ask: Ask }>;

/** What answers need of the references. */
export type IssuesReferences = Pick<References, "issue" | "claim">;

/** Who is shown to whomever a web user's channel goes on to. */
function shownOf(referred: Referred): { number: string; name: string } {
  const { number, name } = webParty(referred);
  const wanted = referred.kind === "to-web-user" ? referred.callerId : undefined;
  return { number: wanted?.number ?? number, name: wanted?.name ?? name };
}

/** Answers FreeSWITCH's look-ups for one SIP domain. */
export class Answers {
  readonly #directory: Directory;
  readonly #settings: DocumentSettings;
  readonly #references: IssuesReferences;
  readonly #configurations: ReadonlyMap<string, string>;
  readonly #domainDocument: string;

  constructor(directory: Directory, settings: DocumentSettings, references: IssuesReferences) {
    this.#directory = directory;
    this.#references = references;
    this.#settings = settings;
    this.#configurations = renderConfigurations(settings);
    this.#domainDocument = renderDomain(settings.domain);
  }

  /** Rejects only if the directory does. */
  async answer(request: XmlCurlRequest): Promise<Answer> {
    switch (request.ask) {
      case "user":
        return this.#user(request);
      case "group":
        return this.#group(request);
      case "domain":
        return this.#isOurs(request.domain) ? found(this.#domainDocument) : notFound("unknown-domain");
      case "gateways":
        return found(this.#domainDocument);
      case "route":
        return this.#route(request);
      case "configuration": {
        const document = this.#configurations.get(request.name);
        return document === undefined ? notFound("unsupported") : found(document);
      }
      case "chatplan":
        return found(emptyChatplanDocument);
      case "nothing":
        return notFound("unsupported");
      default:
        throw new Error("unknown request", { cause: request satisfies never });
    }
  }

  /** RFC 3261 section 19.1.4: host names are compared without regard to case. */
  #isOurs(domain: string): boolean {
    return domain.toLowerCase() === this.#settings.domain.toLowerCase();
  }

  async #enabled(number: string): Promise<Extension | undefined> {
    const extension = await this.#directory.extension(this.#settings.domain, number);
    return extension?.enabled ? extension : undefined;
  }

  async #user({ kind, user, domain }: Of<"user">): Promise<Answer> {
    // Extensions have no password for the event socket; a user without one must not even be found.
    if (kind === "directory.event_socket_auth") return notFound("unsupported");
    if (!this.#isOurs(domain)) return notFound("unknown-domain");
    const extension = await this.#enabled(user);
    return extension ? found(renderUser(extension, this.#settings)) : notFound("unknown-user");
  }

  async #group({ group, domain }: Of<"group">): Promise<Answer> {
    if (!this.#isOurs(domain)) return notFound("unknown-domain");
    const members = word.test(group) ? await this.#directory.group(this.#settings.domain, group) : [];
    const enabled = members.filter((member) => member.enabled && member.kind === "phone");
    return enabled.length > 0
      ? found(renderGroup(this.#settings.domain, group, enabled))
      : notFound("unknown-user");
  }

  /** A reference proves nothing of a phone: it is believed of our account's channels, and of those that were called. */
  #callerOf({ user, uuid, direction, reference }: Of<"route">): RouteCaller {
    const isProxy = user === this.#directory.proxyAccount;
    const mayBear = direction === "outbound" || isProxy;
    const referred =
      mayBear && reference !== null && uuid !== null
        ? this.#references.claim(reference.value, { uuid, direction })
        : null;
    if (referred !== null) {
      const dials = direction === "inbound" && reference?.kept === false;
      return { kind: "webUser", number: referred.user, shown: shownOf(referred), dials };
    }
    if (isProxy) return { kind: "unproven" };
    return user === null ? { kind: "none" } : { kind: "extension", number: user };
  }

  async #route(request: Of<"route">): Promise<Answer> {
    const { context, dialled, forged, uuid, reference } = request;
    const { domain } = this.#settings;
    const caller = this.#callerOf(request);
    const decision = await decide({ context, dialled, caller, domain }, this.#directory, this.#settings);
    const { outcome } = decision;
    const document = renderDialplan(decision, this.#settings, {
      forged,
      callerReference: caller.kind === "webUser" ? (reference?.value ?? null) : null,
      calleeReference:
        outcome.kind === "webUser"
          ? this.#references.issue({
              kind: "to-web-user",
              user: outcome.number,
              uuid,
              number: dialled,
            })
          : null,
    });
    return { document, outcome: outcome.kind === "reject" ? "no-route" : "found" };
  }
}
