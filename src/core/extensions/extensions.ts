import { Failure, type Ids } from "../../base/index.ts";
import type { Extension, ExtensionFields } from "./model.ts";
import { ha1, randomPassword } from "./password.ts";
import type { ExtensionRepository, OnExisting } from "./repository.ts";
import {
  checkFields,
  checkNumber,
  checkPassword,
  checkRange,
  isExtensionNumber,
  type NumberRange,
} from "./rules.ts";

/** `password`: the text itself; `random`, or absent, has one made. */
export type ExtensionInput = Partial<ExtensionFields> & {
  readonly number: string;
  readonly password?: string;
};
/** `password`: absent leaves it as it is. */
export type ExtensionPatch = Partial<ExtensionFields> & { readonly password?: string };

export interface BulkInput {
  /** Both ends are included. */
  readonly from: string | number;
  readonly to: string | number;
  /** One password for all; `random`, or absent, makes one for each. */
  readonly password?: string;
  readonly template?: Partial<ExtensionFields>;
  /** What happens to those that exist; absent: `fail`. */
  readonly onExisting?: OnExisting;
}

interface Credential {
  readonly number: string;
  readonly password: string;
}

interface BulkResult {
  readonly created: number;
  readonly skipped: number;
  readonly replaced: number;
  /** Of those written, in order of number; told this once. */
  readonly credentials: Credential[];
}

interface ExtensionsOptions {
  readonly repository: ExtensionRepository;
  /** SIP domain and digest realm. */
  readonly domain: string;
  /** The number of the account that calls to web users are bridged to. */
  readonly proxyAccount: string;
  readonly proxySecret: string;
  readonly ids: Pick<Ids, "password">;
  /** Told, after every write, whose directory entries a switch may hold an old copy of. */
  readonly changed: (domain: string, numbers: string[]) => void;
}

const named = 5;

/**
 * The extensions of one domain and the rules of provisioning. Which of them is the proxy account is the
 * configuration's to say: it is read and served as such whatever is stored, also where no range covers it.
 */
export class Extensions {
  readonly domain: string;
  readonly proxyAccount: string;
  readonly #repository: ExtensionRepository;
  readonly #proxyHa1: string;
  readonly #ids: ExtensionsOptions["ids"];
  readonly #changed: ExtensionsOptions["changed"];

  constructor(options: ExtensionsOptions) {
    this.domain = options.domain;
    this.proxyAccount = options.proxyAccount;
    this.#repository = options.repository;
    this.#proxyHa1 = ha1(options.proxyAccount, options.domain, options.proxySecret);
    this.#ids = options.ids;
    this.#changed = options.changed;
  }

  /** Throws `extension-not-found`. */
  async get(number: string): Promise<Extension> {
    const found = await this.#repository.get(this.domain, number);
    if (!found) throw this.#missing(number);
    return this.#asConfigured(found);
  }

  /** Ordered by number, after the number `after`. Throws `invalid-request`. */
  async list({
    query,
    after,
    limit,
  }: {
    query?: string;
    after?: string;
    limit: number;
  }): Promise<Extension[]> {
    if (after !== undefined && !isExtensionNumber(after)) {
      throw new Failure(
        "invalid-request",
        "the cursor is not one that a list of extensions gave out; start without one",
      );
    }
    const found = await this.#repository.list({
      domain: this.domain,
      limit,
      ...(query === undefined || query === "" ? {} : { query }),
      ...(after === undefined ? {} : { after }),
    });
    return found.map((one) => this.#asConfigured(one));
  }

  /** What a switch is told of that number: the directory's and the dialplan's view. Undefined: nobody. */
  async extension(domain: string, number: string): Promise<Extension | undefined> {
    if (domain !== this.domain) return undefined;
    if (number === this.proxyAccount) return this.#proxy();
    const found = await this.#repository.get(domain, number);
    return found && this.#asConfigured(found);
  }

  /** Those of a call group, ordered by number. */
  async group(domain: string, group: string): Promise<Extension[]> {
    if (domain !== this.domain) return [];
    return (await this.#repository.group(domain, group)).map((one) => this.#asConfigured(one));
  }

  /**
   * `password` is null if the caller gave one. Throws `extension-exists`, `proxy-account`, `invalid-number`,
   * `invalid-request`, `unsafe-text`.
   */
  async create(input: ExtensionInput): Promise<{ extension: Extension; password: string | null }> {
    const { number, password: wanted, ...fields } = input;
    this.#refuseProxy(checkNumber(number));
    const { password, isNew } = this.#passwordFor(number, wanted);
    const extension = this.#phone(number, checkFields(fields), password);
    if (!(await this.#repository.insert(extension))) {
      throw new Failure("extension-exists", `${number} exists; change it with PATCH, or remove it first`, {
        numbers: [number],
      });
    }
    this.#changed(this.domain, [number]);
    return { extension, password: isNew ? password : null };
  }

  /**
   * Provisions a whole range or nothing. The proxy account, where it lies inside, is written as such and counted,
   * but its secret is nobody's to know. Throws as `create` does, and `invalid-range`.
   */
  async bulk(input: BulkInput): Promise<BulkResult> {
    const range = checkRange(input.from, input.to);
    const template = checkFields(input.template ?? {});
    const onExisting = input.onExisting ?? "fail";
    const shared =
      input.password === undefined || input.password === "random"
        ? null
        : this.#sharedPassword(range, input.password);
    const credentials: Credential[] = [];
    const extensions: Extension[] = [];
    for (let value = range.from; value <= range.to; value += 1) {
      const number = String(value);
      if (number === this.proxyAccount) {
        extensions.push(this.#proxy());
        continue;
      }
      const password = shared ?? randomPassword(this.#ids);
      credentials.push({ number, password });
      extensions.push(this.#phone(number, template, password));
    }
    const { done, existing } = await this.#repository.put(extensions, onExisting);
    if (!done) throw this.#taken(existing);
    const left = new Set(onExisting === "skip" ? existing : []);
    const written = extensions.map(({ number }) => number).filter((number) => !left.has(number));
    if (written.length > 0) this.#changed(this.domain, written);
    return {
      created: extensions.length - existing.length,
      skipped: left.size,
      replaced: existing.length - left.size,
      credentials: credentials.filter(({ number }) => !left.has(number)),
    };
  }

  /** Sets every field, to its default where `input` has none; the password stays unless one is given. Throws as `update`. */
  async replace(
    number: string,
    input: ExtensionPatch,
  ): Promise<{ extension: Extension; password: string | null }> {
    return this.update(number, { ...defaultsOf(number), ...input });
  }

  /**
   * Sets the fields given. `password` is the one made for `random`, else null. Throws `extension-not-found`,
   * `proxy-account`, `invalid-request`, `unsafe-text`.
   */
  async update(
    number: string,
    patch: ExtensionPatch,
  ): Promise<{ extension: Extension; password: string | null }> {
    this.#refuseProxy(number);
    if (!isExtensionNumber(number)) throw this.#missing(number);
    const { password: wanted, ...given } = patch;
    const fields = checkFields(given);
    const made = wanted === undefined ? null : this.#passwordFor(number, wanted);
    const secret = made ? { ha1: ha1(number, this.domain, made.password) } : {};
    const extension = await this.#repository.update(this.domain, number, (current) => ({
      ...current,
      ...fields,
      ...secret,
      kind: "phone",
    }));
    if (!extension) throw this.#missing(number);
    this.#changed(this.domain, [number]);
    return { extension, password: made?.isNew ? made.password : null };
  }

  /** Throws `extension-not-found` or `proxy-account`. */
  async remove(number: string): Promise<void> {
    this.#refuseProxy(number);
    if (!(await this.#repository.remove(this.domain, number))) throw this.#missing(number);
    this.#changed(this.domain, [number]);
  }

  #phone(number: string, fields: Partial<ExtensionFields>, password: string): Extension {
    return {
      ...defaultsOf(number),
      ...fields,
      number,
      domain: this.domain,
      kind: "phone",
      ha1: ha1(number, this.domain, password),
    };
  }

  #proxy(): Extension {
    const number = this.proxyAccount;
    return { ...defaultsOf(number), number, domain: this.domain, kind: "proxy", ha1: this.#proxyHa1 };
  }

  /** A number that was the proxy account under another configuration is a phone like any other, until a password is set nobody's. */
  #asConfigured(stored: Extension): Extension {
    if (stored.number === this.proxyAccount) return this.#proxy();
    return stored.kind === "phone" ? stored : { ...stored, kind: "phone" };
  }

  #passwordFor(number: string, wanted: string | undefined): { password: string; isNew: boolean } {
    return wanted === undefined || wanted === "random"
      ? { password: randomPassword(this.#ids), isNew: true }
      : { password: checkPassword(number, wanted), isNew: false };
  }

  #sharedPassword({ from, to }: NumberRange, password: string): string {
    const value = /^[0-9]{1,15}$/.test(password) ? Number(password) : 0;
    return checkPassword(value >= from && value <= to ? password : null, password);
  }

  #refuseProxy(number: string): void {
    if (number !== this.proxyAccount) return;
    throw new Failure(
      "proxy-account",
      `${number} is the account that calls to web users go through; Patchcord keeps it. Choose another number, or another proxyAccount (PATCHCORD_PROXY_ACCOUNT)`,
    );
  }

  #missing(number: string): Failure {
    return new Failure(
      "extension-not-found",
      `${JSON.stringify(number.slice(0, 40))} is not provisioned in ${this.domain}`,
    );
  }

  #taken(existing: readonly string[]): Failure {
    const more = existing.length > named ? ` and ${existing.length - named} more` : "";
    return new Failure(
      "extension-exists",
      `${existing.slice(0, named).join(", ")}${more} exist${existing.length === 1 ? "s" : ""} already, nothing was changed; say onExisting skip or replace`,
      { numbers: existing.slice(0, named), count: existing.length },
    );
  }
}

const defaultsOf = (number: string): ExtensionFields => ({
  displayName: number,
  callerIdName: "",
  callerIdNumber: "",
  context: "default",
  callGroup: "",
  tollAllow: "",
  enabled: true,
});
