import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { addressList, type Clock, Failure, type Logger } from "../../base/index.ts";
import { Answers, type Answer, type Directory, type IssuesReferences, type LookupOutcome } from "./answer.ts";
import { basicCredentials } from "./credentials.ts";
import { parseForm, type Form } from "./form.ts";
import { parseRequest, type LookupKind, type XmlCurlRequest } from "./request.ts";
import { notFoundDocument, type DocumentSettings } from "../../dialplan/index.ts";

/** One look-up that was answered; `kind` and `outcome` are of small fixed sets. */
export interface Lookup {
  readonly kind: LookupKind;
  readonly outcome: LookupOutcome;
  /** From the decoded form to the document. */
  readonly seconds: number;
}

export interface XmlCurlOptions {
  readonly directory: Directory;
  readonly settings: DocumentSettings;
  readonly references: IssuesReferences;
  /** Basic credentials that FreeSWITCH must present. */
  readonly credentials: { readonly user: string; readonly password: string };
  /** CIDR ranges FreeSWITCH may come from; empty: any. */
  readonly acl: readonly string[];
  readonly clock: Pick<Clock, "after">;
  readonly log: Logger;
  /** Told of every look-up. */
  readonly observe: (lookup: Lookup) => void;
  /** Milliseconds after which the answer is not-found. */
  readonly deadline?: number;
}

const bodyLimit = 64 * 1024;
/** Below the 5 s that the bootstrap gives mod_xml_curl: our not-found is heard, and counted. */
const defaultDeadline = 3_000;
const late: Answer = { document: notFoundDocument, outcome: "deadline" };

class Responder {
  readonly #options: XmlCurlOptions;
  readonly #answers: Answers;

  constructor(options: XmlCurlOptions) {
    this.#options = options;
    this.#answers = new Answers(options.directory, options.settings, options.references);
  }

  async #inTime(request: XmlCurlRequest): Promise<Answer> {
    const { clock, deadline = defaultDeadline } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const cancel = clock.after(deadline, () => resolve(late));
    try {
      return await Promise.race([this.#answers.answer(request), promise]);
    } finally {
      cancel();
    }
  }

  /** Always a document: FreeSWITCH takes anything else for a fault of ours, and falls back on what it has on disk. */
  async respond(form: Form): Promise<string> {
    const { log, observe } = this.#options;
    const start = performance.now();
    const request = parseRequest(form);
    const { kind } = request;
    let answer: Answer;
    try {
      answer = await this.#inTime(request);
    } catch (error) {
      log.error({ err: error, kind }, "an xml_curl look-up failed; answered not found");
      answer = { document: notFoundDocument, outcome: "error" };
    }
    const lookup = { kind, outcome: answer.outcome, seconds: (performance.now() - start) / 1000 };
    if (answer === late) log.warn(lookup, "an xml_curl look-up took too long; answered not found");
    else log.debug(lookup, "xml_curl");
    observe(lookup);
    return answer.document;
  }
}

function guardAgainstStrangers(app: FastifyInstance, { acl, credentials }: XmlCurlOptions): void {
  const admits = acl.length === 0 ? () => true : addressList(acl);
  const isFreeSwitch = basicCredentials(credentials.user, credentials.password);
  app.addHook("onRequest", async (request, reply) => {
    const address = request.socket.remoteAddress ?? "";
    if (!admits(address)) {
      throw new Failure(
        "address-refused",
        `${address} is not in PATCHCORD_XML_CURL_ACL (xmlCurlAcl); add it there`,
      );
    }
    if (!isFreeSwitch(request.headers.authorization)) {
      void reply.header("www-authenticate", 'Basic realm="xml_curl", charset="UTF-8"');
      throw new Failure(
        "unauthorized",
        "FreeSWITCH's gateway-credentials are not PATCHCORD_XML_CURL (xmlCurl); write its configuration again with patchcord conf",
      );
    }
  });
}

/**
 * `POST /xml_curl`, for mod_xml_curl alone. `/xml_curl/SECTION` is the same: the section that counts is the form's.
 */
export function xmlCurlPlugin(options: XmlCurlOptions): FastifyPluginAsync {
  return async (app) => {
    const responder = new Responder(options);
    guardAgainstStrangers(app, options);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit },
      (_request, body, done) => done(null, parseForm(String(body))),
    );
    const route = {
      bodyLimit,
      config: { public: true as const },
      schema: { hide: true },
      handler: async (request: FastifyRequest<{ Body: Form | undefined }>, reply: FastifyReply) => {
        const document = await responder.respond(request.body ?? new Map());
        return reply.type("text/xml; charset=utf-8").send(document);
      },
    };
    app.post<{ Body: Form | undefined }>("/xml_curl", route);
    app.post<{ Body: Form | undefined }>("/xml_curl/:section", route);
  };
}
