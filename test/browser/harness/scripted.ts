import { join } from "node:path";
import { build } from "vite";
import { consolePlugin } from "../../../src/edge/console/index.ts";
import { startServer, type RunningServer } from "../../fakes/http.ts";
import { ScriptedSignalling } from "../../fakes/signalling.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** The SDK as a browser loads it: one module. */
async function sdkModule(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      lib: { entry: join(root, "src/client/sdk/rtc/index.ts"), formats: ["es"], fileName: "sdk" },
    },
  });
  const [bundle] = Array.isArray(made) ? made : [made];
  const chunk = bundle && "output" in bundle ? bundle.output[0] : undefined;
  if (chunk === undefined) throw new Error("the SDK was not built");
  return chunk.code;
}

/** A page of somebody else's that uses the SDK. */
const blank = `<!doctype html><title>blank</title>
<script type="module">import * as sdk from "/sdk.js"; globalThis.sdk = sdk;</script>`;

export interface ScriptedWorld extends RunningServer {
  readonly signalling: ScriptedSignalling;
}

/** The real pages and `/sdk.js`, over signalling that the test plays. */
export async function scriptedWorld(): Promise<ScriptedWorld> {
  const signalling = new ScriptedSignalling();
  const sdk = await sdkModule();
  const server = await startServer({
    open: [
      consolePlugin({ directory: join(root, "dist", "console") }),
      signalling.plugin,
      async (app) => {
        app.get("/sdk.js", (_request, reply) => reply.type("text/javascript").send(sdk));
        app.get("/blank", (_request, reply) => reply.type("text/html").send(blank));
      },
    ],
  });
  return { ...server, signalling };
}
