import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { reasonOf, systemClock, systemIds, type DomainEvent, type Logger } from "./base/index.ts";
import { loadConfig, planSwitch, rememberSwitch, writeSwitchDirectory } from "./config/index.ts";
import type { Config, Environment, SwitchWishes } from "./config/index.ts";
import { Access, WebTokens } from "./core/access/index.ts";
import { Calls, CallService, References, webParty, type CallControl } from "./core/calls/index.ts";
import { EventLog } from "./core/events/index.ts";
import { Extensions } from "./core/extensions/index.ts";
import { Invitations } from "./core/invitations/index.ts";
import { Nodes } from "./core/nodes/index.ts";
import { Registrations } from "./core/registrations/index.ts";
import { decide, parseDestination, parseDialRule } from "./core/routing/index.ts";
import { Traces } from "./core/traces/index.ts";
import { bootstrapFiles, explainRoute, type DocumentSettings } from "./dialplan/index.ts";
import { consolePlugin } from "./edge/console/index.ts";
import { eventsPlugin } from "./edge/events/index.ts";
import { createMetrics } from "./edge/metrics/index.ts";
import { restPlugin, webClientsPlugin } from "./edge/rest/index.ts";
import { createHttpServer } from "./edge/server/index.ts";
import { signallingPlugin } from "./edge/signalling/index.ts";
import { xmlCurlPlugin } from "./edge/xmlcurl/index.ts";
import { Gateway, gatewayNode, type Destination, type Route } from "./gateway/index.ts";
import { lockDirectory, openStore, type Store } from "./store/index.ts";
import { Switches } from "./switch/index.ts";

const root = join(import.meta.dirname, "..");

/** The served sofia profile. */
const profile = "internal";
/** Modules of the bootstrap that need what we serve when they load, in the order to load them. */
const configuredModules = ["mod_conference", "mod_sofia"];
/** Domain events held for `GET /events?since=`. */
const eventMemory = 20_000;

export function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return typeof manifest === "object" && manifest && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}

export interface App {
  /** Listens and connects. Rejects with `cannot-listen`; `close` must be called all the same. */
  start(): Promise<{ readonly url: string }>;
  /** Lets what is under way end, then releases everything. Idempotent. */
  close(): Promise<void>;
}

/** Why work cannot be done, in words with what to do; empty when it can. */
async function reasonsAgainst(
  config: Config,
  { store, nodes, gateway }: { readonly store: Store; readonly nodes: Nodes; readonly gateway: Gateway },
): Promise<string[]> {
  const reasons: string[] = [];
  try {
    await store.check();
  } catch (error) {
    reasons.push(`the database cannot be read: ${reasonOf(error)}`);
  }
  if (config.switches.length === 0) {
    reasons.push("no switch is configured: run `npx patchcord conf DIR`, then start Patchcord again");
  }
  for (const { id, state, bound, lastError } of nodes.list()) {
    if (state !== "up" || bound !== true) reasons.push(`${id}: ${lastError ?? `the switch is ${state}`}`);
  }
  if (gateway.trouble !== null) reasons.push(gateway.trouble);
  return reasons;
}

/** Where the dial plan sends a web user: as it would send a phone, but that web users need no switch among themselves. */
function routeOf(extensions: Extensions, settings: DocumentSettings): Route {
  return async ({ user, displayName }, dialled): Promise<Destination> => {
    const shown = { number: `0${user}`, name: displayName };
    const caller = { kind: "webUser", number: user, shown, dials: true } as const;
    const { domain } = settings;
    const { outcome } = await decide({ context: "default", dialled, caller, domain }, extensions, settings);
    if (outcome.kind === "webUser") return { kind: "webUser", user: outcome.number };
    if (outcome.kind === "extension") {
      const { number } = outcome;
      const name = (await extensions.extension(domain, number))?.displayName ?? "";
      return { kind: "switch", party: { number, name } };
    }
    if (outcome.kind !== "reject") return { kind: "switch" };
    const { cause, reason } = outcome;
    return { kind: "reject", cause, reason };
  };
}

/** Has each call commanded where it is. */
const controlOf = (switches: Switches, gateway: Gateway): CallControl => ({
  originate: (node, request, signal) => switches.originate(node, request, signal),
  command: (node, command, signal) =>
    node === gatewayNode ? gateway.command(node, command) : switches.command(node, command, signal),
});

/** Our registration goes with the switch's process, and may go without a word while the event socket is away. */
function followRegistration(events: EventLog, { domain, proxyAccount }: Config, gateway: Gateway): void {
  events.subscribe(({ type, data }) => {
    const lost =
      type === "registration.offline" && data["user"] === proxyAccount && data["domain"] === domain;
    if (type === "node.up" || lost) gateway.switchReturned();
  });
}

/** Builds every part, in the order in which they depend on each other. Rejects with a Failure that says what to mend. */
export async function createApp(config: Config, log: Logger): Promise<App> {
  const clock = systemClock;
  const ids = systemIds;
  await using building = new AsyncDisposableStack();

  const lock = lockDirectory(config.data);
  building.defer(() => lock.release());
  const store = await openStore(config.database);
  building.defer(() => store.close());
  for (const { domain, extensions } of await store.adoptDomain(config.domain, config.proxyAccount)) {
    log.warn(
      { domain, extensions },
      `${extensions === 1 ? "one extension has a password" : `${extensions} extensions have passwords`} set under the SIP domain ${domain}, void under ${config.domain}: give each a new password, or set PATCHCORD_DOMAIN back to ${domain}`,
    );
  }

  const events = new EventLog({
    epoch: ids.sortable(clock.now()),
    capacity: eventMemory,
    onError: (error) => log.error({ err: error }, "a listener to events failed"),
  });
  const publish = (event: DomainEvent): void => void events.publish(event);
  const nodes = new Nodes(publish);
  const registrations = new Registrations(publish);
  const references = new References({ ids, clock });
  const traces = new Traces({ clock });
  const calls = new Calls({
    publish,
    webUserOf(reference, bearer) {
      const referred = references.claim(reference, bearer);
      return referred && webParty(referred);
    },
  });
  const settings: DocumentSettings = {
    ...config,
    webDialRule: parseDialRule(config.webDialRule),
    instance: ids.secret(16),
  };

  const extensions = new Extensions({
    ...config,
    repository: store.extensions,
    ids,
    changed: (domain, numbers) => switches.flushDirectory(domain, numbers),
  });
  const switches = new Switches({
    ...config,
    addresses: config.switches,
    instance: settings.instance,
    profile,
    modules: configuredModules,
    references,
    calls,
    nodes,
    registrations,
    raw: (event) => void events.pass(event),
    clock,
    ids,
    log,
  });
  building.defer(() => switches.close());

  const invitations = new Invitations({
    ...config,
    exchange: { place: (request, told) => gateway.place(request, told) },
    publish,
    clock,
    ids,
    log,
  });
  const gateway = new Gateway({
    settings: config,
    version: versionOf(),
    webUsers: invitations,
    route: routeOf(extensions, settings),
    references,
    traces,
    calls,
    publish,
    clock,
    ids,
    log,
  });
  followRegistration(events, config, gateway);

  const callService = new CallService({
    calls,
    control: controlOf(switches, gateway),
    pickNode: (preferred) => nodes.pick(preferred).id,
    publish,
    ids,
    clock,
    log,
    resolve: (destination) => parseDestination(destination, config.domain, extensions),
  });
  building.defer(() => callService.close());

  const access = new Access({ tokens: store.tokens, adminToken: config.adminToken, ids, clock });
  const webTokens = new WebTokens({ keys: store.signingKeys, iceServers: config.iceServers, ids, clock });
  const metrics = createMetrics({ nodes, calls, registrations, events, gateway: () => gateway.counts() });
  const explain = (question: { from: string; to: string; context?: string }) =>
    explainRoute({ ...question, domain: config.domain }, extensions, settings);
  const server = await createHttpServer({
    http: config.http,
    log,
    clock,
    ids,
    version: versionOf(),
    access,
    apiAcl: config.apiAcl,
    ready: () => reasonsAgainst(config, { store, nodes, gateway }),
    open: [
      consolePlugin({ directory: join(root, "dist", "console") }),
      signallingPlugin({ tokens: webTokens, invitations, clock, ids }),
      xmlCurlPlugin({
        directory: extensions,
        settings,
        references,
        credentials: config.xmlCurl,
        acl: config.xmlCurlAcl,
        clock,
        log,
        observe: metrics.observeLookUp,
      }),
    ],
    guarded: [metrics.plugin],
    api: [
      restPlugin({
        nodes,
        registrations,
        extensions,
        calls,
        callService,
        access,
        events,
        traces,
        explain,
        clock,
      }),
      webClientsPlugin({ tokens: webTokens, invitations, calls, traces, node: gatewayNode }),
      eventsPlugin({ events, clock }),
    ],
  });
  building.defer(() => server.close());
  building.defer(() => gateway.close());
  building.defer(() => invitations.close());

  // Closed in the reverse order: web users' calls, while their devices and the switch can still be told and the switch
  // can still ask us who we are; then no new requests, the calls being placed, the switches, and last the store.
  const parts = building.move();
  return {
    async start() {
      // The switch asks us who registers: nobody is let in before it can.
      const { url } = await server.listen();
      await gateway.start();
      switches.start();
      return { url };
    },
    close: () => parts.disposeAsync(),
  };
}

/** `patchcord conf DIR`: writes FreeSWITCH's configuration for this installation and remembers that switch. */
export async function writeSwitchConf(
  environment: Environment,
  { directory: named, ...wishes }: SwitchWishes & { readonly directory: string },
): Promise<{ directory: string; files: readonly string[]; next: readonly string[] }> {
  const config = loadConfig(environment);
  const directory = resolve(environment.cwd, named);
  const plan = planSwitch(config, wishes);
  const files = bootstrapFiles({ ...plan, xmlCurl: config.xmlCurl });
  const written = writeSwitchDirectory(directory, join(root, "freeswitch-conf"), files);
  const { host, port } = plan.eventSocket;
  rememberSwitch(config.data, plan.eventSocket);
  return {
    directory,
    files: written,
    next: [
      `start FreeSWITCH with: freeswitch -nonat -conf ${directory} -log LOGDIR -db DBDIR (readable to the user it runs as)`,
      `Patchcord will look for its event socket at ${host}:${port}; restart Patchcord if it runs`,
    ],
  };
}
