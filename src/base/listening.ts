import { Failure } from "./errors.ts";

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken; stop what listens there or choose another",
  EADDRNOTAVAIL: "this machine has no such address; choose one of its own",
  EACCES: "ports below 1024 want privileges; choose a higher one",
  ENOTFOUND: "the host name is not known; give an address",
};

/** The failure `cannot-listen` in words, for what a socket threw; whatever else was thrown as it is. */
export function cannotListen(
  thrown: unknown,
  /** The key that says where, e.g. `PATCHCORD_HTTP (http)`. */
  key: string,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  const reason = reasons[thrown instanceof Error && "code" in thrown ? String(thrown.code) : ""];
  if (reason === undefined) return thrown;
  return new Failure("cannot-listen", `${key} ${host}:${port}: ${reason}`, {}, { cause: thrown });
}
