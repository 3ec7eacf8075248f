import type { Clock, Logger } from "../base/index.ts";
import { accepted, commands, type ApiCommand } from "../protocol/esl/index.ts";

/** Loading mod_sofia starts its profiles. */
const loadDeadline = 60_000;
const readyAttempts = 60;

export interface Repairable {
  readonly node: string;
  readonly profile: string;
  readonly modules: readonly string[];
  readonly ask: (command: ApiCommand, deadline?: number) => Promise<string>;
  /** Whether the switch asks us at this very moment. */
  readonly isBound: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What failed on a switch that started while we were away is done now: modules that found no configuration are
 * loaded, the profile is started, the access lists are read. Changes nothing that is as it should be. Resolves to
 * whether anything that holds phones was started.
 */
export async function repair(switchToRepair: Repairable, signal: AbortSignal): Promise<boolean> {
  const { node, log, ask, profile } = switchToRepair;
  await booted(switchToRepair, signal);
  const loaded = await loadMissing(switchToRepair);
  const started = await startProfile(switchToRepair);
  // While the configuration is out of reach reloadacl answers +OK and drops every list of ours.
  if (await switchToRepair.isBound()) accepted(await ask(commands.reloadAcl()));
  if (loaded.length > 0 || started)
    log.info({ node, loaded, started: started ? profile : null }, "repaired the switch");
  return loaded.includes("mod_sofia") || started;
}

/** The event socket answers before the switch has loaded all modules: loading one then would race with it. */
async function booted({ ask, clock, node, log }: Repairable, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; attempt <= readyAttempts; attempt += 1) {
    if ((await ask(commands.readyCheck())).trim() === "true") return;
    await clock.sleep(1000, signal);
  }
  log.warn({ node }, "the switch has not said that it is ready (is it paused?); repairing it all the same");
}

async function loadMissing({ ask, modules, node, log }: Repairable): Promise<string[]> {
  const loaded: string[] = [];
  for (const module of modules) {
    if ((await ask(commands.moduleExists(module))).trim() !== "false") continue;
    const reply = (await ask(commands.load(module), loadDeadline)).trim();
    // The command succeeds or says why in the last line; before it stands "+OK Reloading XML".
    if (reply.includes("-ERR")) log.warn({ node, module, reply }, "a module could not be loaded");
    else loaded.push(module);
  }
  return loaded;
}

async function startProfile({ ask, profile, node, log }: Repairable): Promise<boolean> {
  const status = await ask(commands.sofiaProfileExists(profile));
  if (!status.startsWith("Invalid Profile")) return false;
  const reply = (await ask(commands.sofiaStart(profile), loadDeadline)).trim();
  if (reply.includes("started successfully")) return true;
  log.warn({ node, profile, reply }, "the sofia profile could not be started");
  return false;
}
