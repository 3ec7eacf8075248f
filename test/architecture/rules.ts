/** Who may import whom, and which room may see which library or global: design.md as data. */

/** A room is the longest of these paths (below src/) that a file lies in. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  contract: [],
  config: ["base"],
  "protocol/dialstring": ["base"],
  "protocol/esl": ["base", "protocol/dialstring"],
  "protocol/fsxml": ["base", "protocol/dialstring"],
  "protocol/sip": ["base"],
  "protocol/sdp": ["base"],
  "protocol/rtp": ["base"],
  "protocol/ice": ["base"],
  "core/calls": ["base"],
  "core/extensions": ["base"],
  "core/invitations": ["base"],
  "core/registrations": ["base"],
  "core/nodes": ["base"],
  "core/events": ["base"],
  "core/access": ["base"],
  "core/traces": ["base"],
  "core/cdr": ["base", "core/calls"],
  "core/routing": ["base", "core/extensions"],
  "core/services": ["base", "core/routing", "core/calls", "core/extensions", "core/registrations"],
  dialplan: ["base", "core/*", "protocol/fsxml", "protocol/dialstring"],
  switch: ["base", "core/*", "protocol/esl", "protocol/dialstring"],
  gateway: ["base", "core/*", "protocol/sip", "protocol/sdp", "gateway/media"],
  // It knows packets and descriptions, not calls.
  "gateway/media": ["base", "protocol/sdp", "protocol/rtp", "protocol/ice"],
  store: ["base", "core/*"],
  cluster: ["base", "core/*"],
  "edge/server": ["base", "contract", "core/*"],
  "edge/xmlcurl": ["base", "contract", "core/*", "dialplan"],
  "edge/rest": ["base", "contract", "core/*", "dialplan"],
  "edge/signalling": ["base", "contract", "core/*", "edge/server"],
  "edge/events": ["base", "contract", "core/*", "edge/server"],
  "edge/console": ["base", "contract", "core/*"],
  "edge/metrics": ["base", "contract", "core/*"],
  "client/sdk": ["contract"],
  "client/sdk/rtc": ["contract"],
  "client/console": ["client/sdk", "client/sdk/rtc", "contract"],
  "client/cli": ["client/sdk", "contract", "config"],
  practice: ["base", "protocol/*"],
  "app.ts": [
    "base",
    "config",
    "contract",
    "core/*",
    "protocol/*",
    "dialplan",
    "switch",
    "gateway",
    "store",
    "cluster",
    "edge/*",
    "practice",
  ],
  "main.ts": ["app.ts", "config", "base", "client/cli"],
};

/** Rooms whose imports must be `import type`. */
export const typesOnly: Readonly<Record<string, readonly string[]>> = {
  "client/sdk": ["contract"],
  "client/sdk/rtc": ["contract"],
};

/** Library → the only rooms that may import it. A name ending in `/` stands for everything below it. */
export const fences: Readonly<Record<string, readonly string[]>> = {
  modesl: ["protocol/esl"],
  // Of its whole stack we use the DTLS handshake: gateway.md lists what is wrong with the rest.
  werift: ["gateway/media/dtls"],
  jose: ["core/access"],
  vite: ["client/console"],
  react: ["client/console"],
  "react-dom": ["client/console"],
  "@mantine/": ["client/console"],
  "@tabler/": ["client/console"],
  xmlbuilder2: ["protocol/fsxml"],
  commander: ["client/cli"],
  yaml: ["config"],
  pino: ["base"],
  "pino-pretty": ["base"],
  ulid: ["base"],
  typebox: ["contract", "edge"],
  "prom-client": ["edge/metrics"],
  fastify: ["edge"],
  "@fastify/": ["edge"],
  ws: ["edge"],
  kysely: ["store"],
  "node:sqlite": ["store"],
  pg: ["store"],
  ioredis: ["cluster"],
  "node:timers": ["base"],
  "node:dgram": ["protocol/sip", "gateway/media/lane"],
  "oxc-parser": [],
  vitest: [],
};

/** Rooms that import no library and nothing of Node's: they are shipped to browsers as they are. */
export const bare = ["client/sdk"];

/** Node modules that `core` must not see: effects live at the rim. */
export const forbiddenInCore = [
  "node:net",
  "node:dgram",
  "node:fs",
  "node:fs/promises",
  "node:child_process",
  "node:http",
  "node:timers",
  "node:timers/promises",
];

/** Globals, as dotted names or bare calls, and the only rooms they may stand in. */
export const globalFences: readonly { name: string; only?: readonly string[]; never?: readonly string[] }[] =
  [
    { name: "process.env", only: ["config"] },
    { name: "process.exit", only: ["main.ts"] },
    { name: "process.on", only: ["main.ts"] },
    { name: "process.once", only: ["main.ts"] },
    // Time is an argument: base has the only clock, browsers have their own.
    { name: "setTimeout", only: ["base", "client"] },
    { name: "setInterval", only: ["base", "client"] },
    { name: "setImmediate", only: ["base", "client"] },
    { name: "Date.now", only: ["base", "client"] },
    { name: "new Date()", only: ["base", "client"] },
    { name: "performance.now", never: ["core", "protocol", "gateway"] },
    { name: "process.hrtime", never: ["core", "protocol", "gateway"] },
    { name: "Math.random", never: ["core", "gateway"] },
    { name: "crypto.randomUUID", only: ["base", "client"] },
    { name: "crypto.getRandomValues", only: ["base", "client"] },
  ];

/** Names of node:crypto that make randomness. */
export const randomImports = ["randomBytes", "randomUUID", "randomInt", "getRandomValues", "webcrypto"];

/** Files that no import reaches: started by path, or by a page that Vite builds. */
export const entryPoints = ["main.ts", "client/console/phone/main.tsx"];
