import { type DomainEvent, silentLogger, systemClock, systemIds } from "../../../src/base/index.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { Calls, CallService, References, webParty } from "../../../src/core/calls/index.ts";
import { Extensions } from "../../../src/core/extensions/index.ts";
import { Nodes } from "../../../src/core/nodes/index.ts";
import { Registrations } from "../../../src/core/registrations/index.ts";
import { parseDestination, parseDialRule } from "../../../src/core/routing/index.ts";
import { createHttpServer } from "../../../src/edge/server/index.ts";
import { xmlCurlPlugin } from "../../../src/edge/xmlcurl/index.ts";
import { openStore } from "../../../src/store/index.ts";
import { Switches } from "../../../src/switch/index.ts";
import { newAccess } from "../../fakes/http.ts";
import type { TelephoneSystem } from "./system.ts";
import { until } from "./until.ts";

/**
 * Patchcord without its gateway, in this very process: what answers and watches the switch of a prepared system, while
 * a test plays our user agent and holds the references that it needs for that. Extensions 1000 to 1009 are provisioned.
 */
export async function withoutGateway(system: TelephoneSystem) {
  const { home, patchcord, freeSwitch, passwords } = system;
  await using building = new AsyncDisposableStack();
  const [clock, ids, log] = [systemClock, systemIds, silentLogger];
  const config = loadConfig({ env: patchcord.environment, cwd: home });
  const settings = {
    ...config,
    webDialRule: parseDialRule(config.webDialRule),
    instance: ids.secret(16),
  };
  const events: DomainEvent[] = [];
  const publish = (event: DomainEvent): void => void events.push(event);
  const nodes = new Nodes(publish);
  const registrations = new Registrations(publish);
  const references = new References({ ids, clock });
  const calls = new Calls({
    publish,
    webUserOf(reference, bearer) {
      const referred = references.claim(reference, bearer);
      return referred && webParty(referred);
    },
  });
  const store = await openStore(config.database);
  building.defer(async () => store.close());
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
    profile: "internal",
    modules: ["mod_conference", "mod_sofia"],
    references,
    calls,
    nodes,
    registrations,
    raw: () => undefined,
    clock,
    ids,
    log,
  });
  building.defer(async () => switches.close());
  const callService = new CallService({
    calls,
    control: switches,
    pickNode: (preferred) => nodes.pick(preferred).id,
    publish,
    ids,
    clock,
    log,
    resolve: async (destination) => parseDestination(destination, config.domain, extensions),
  });
  building.defer(async () => callService.close());
  const server = await createHttpServer({
    http: config.http,
    log,
    clock,
    ids,
    version: "0",
    access: newAccess(),
    apiAcl: [],
    ready: async () => [],
    api: [],
    open: [
      xmlCurlPlugin({
        directory: extensions,
        settings,
        references,
        credentials: config.xmlCurl,
        acl: config.xmlCurlAcl,
        clock,
        log,
        observe: () => undefined,
      }),
    ],
  });
  building.defer(async () => server.close(1000));
  await server.listen();
  await freeSwitch.start();
  building.defer(async () => freeSwitch.stop());
  switches.start();
  await until("the switch is up and bound", () =>
    nodes.list().every(({ state, bound }) => state === "up" && bound === true),
  );
  const { credentials } = await extensions.bulk({ from: 1000, to: 1009 });
  for (const { number, password } of credentials) passwords.set(number, password);
  const parts = building.move();
  return {
    references,
    calls,
    callService,
    extensions,
    events,
    proxySecret: config.proxySecret,
    close: async () => parts.disposeAsync(),
  };
}

export type WithoutGateway = Awaited<ReturnType<typeof withoutGateway>>;
