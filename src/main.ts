import { createApp, versionOf, writeSwitchConf } from "./app.ts";
import { createLogger, Failure, reasonOf } from "./base/index.ts";
import { run } from "./client/cli/index.ts";
import { ConfigError, environment, loadConfig, redact, type Config } from "./config/index.ts";

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Resolves at the first signal; the second one ends the process at once. */
function stopRequested(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) {
        say(`patchcord: ${signal} again, stopping at once`);
        process.exit(1);
      }
      asked = true;
      resolve(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}

/** Before anything can fail: the next start does not show it again. */
function showWhatIsNew(config: Config): void {
  if (config.dataIsNew) say(`Made the data directory ${config.data}`);
  if (!config.adminTokenIsNew) return;
  say(`Admin token, shown this once and kept in ${config.data}/admin-token: ${config.adminToken}`);
}

const isLoopback = (host: string): boolean =>
  host.startsWith("127.") || host === "::1" || host === "localhost";

function greet(config: Config, url: string): void {
  say(`Patchcord is at ${url} (web phone: ${url}/phone, API: ${url}/api/docs)`);
  const { http, sip, publicIp } = config;
  if (!isLoopback(http.host) && isLoopback(publicIp ?? sip.host)) {
    say(
      `Browsers on other machines open the web phone and hear nothing: they are told that the sound is at ${publicIp ?? sip.host}. Set PATCHCORD_PUBLIC_IP to an address of this machine that they reach.`,
    );
  }
  if (config.switches.length > 0) return;
  say(
    "No switch is configured: run `npx patchcord conf DIR`, start FreeSWITCH with `-conf DIR`, then start Patchcord again.",
  );
}

async function serve({ json }: { readonly json: boolean }): Promise<number> {
  const stop = stopRequested();
  const config = loadConfig(environment());
  showWhatIsNew(config);
  const log = createLogger({ ...config.log, json });
  process.on("unhandledRejection", (reason) => {
    log.fatal({ err: reason }, "a promise was rejected and nobody listened; stopping");
    process.exit(1);
  });
  log.debug({ config: redact(config) }, "the configuration");
  const app = await createApp(config, log);
  try {
    const { url } = await app.start();
    greet(config, url);
    const signal = await stop;
    say(`patchcord: ${signal}, finishing what is under way; once more stops at once`);
    return 0;
  } finally {
    await app.close();
  }
}

/** Failures that are the operator's to mend are one line; anything else is our bug and shows its stack. */
function explainFailure(thrown: unknown): void {
  if (thrown instanceof ConfigError || thrown instanceof Failure) say(`patchcord: ${reasonOf(thrown)}`);
  else say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
}

try {
  process.exitCode = await run(process.argv.slice(2), {
    serve,
    version: versionOf(),
    conf: (options) => writeSwitchConf(environment(), options),
  });
} catch (thrown) {
  explainFailure(thrown);
  process.exitCode = 1;
}
