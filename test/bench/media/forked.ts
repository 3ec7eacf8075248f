import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

type Failed = { readonly type: "failed"; readonly reason: string };

/** A process of the bench's own that answers messages. It ends with us. */
export class Forked<To extends object, From extends { readonly type: string }> {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #waiting: From[] = [];
  #ended = false;

  constructor(name: string) {
    this.#name = name;
    this.#child = fork(`${import.meta.dirname}/${name}.ts`, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message) => this.#waiting.push(message as From));
    this.#child.once("exit", () => {
      this.#ended = true;
      this.#child.emit("message-or-end");
    });
    this.#child.on("message", () => this.#child.emit("message-or-end"));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} could not be started`);
    return this.#child.pid;
  }

  get command(): string {
    return this.#child.spawnargs.join(" ");
  }

  say(message: To): void {
    this.#child.send(message);
  }

  /** The next message, which must be of that type. */
  async hear<Type extends From["type"]>(type: Type): Promise<Extract<From, { readonly type: Type }>> {
    while (this.#waiting.length === 0) {
      if (this.#ended) throw new Error(`${this.#name} ended`);
      await once(this.#child, "message-or-end");
    }
    const message = this.#waiting.shift();
    if (message?.type === type) return message as Extract<From, { readonly type: Type }>;
    const reason = message?.type === "failed" ? (message as unknown as Failed).reason : message?.type;
    throw new Error(`${this.#name}: ${reason}, where ${type} was awaited`);
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
