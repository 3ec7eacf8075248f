import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Failure, type FailureCode } from "../../base/index.ts";
import { problemOf, problemType } from "./problems.ts";

/** Codes of Node's HTTP parser, whose requests never reach a route. */
const codes: Readonly<Record<string, readonly [FailureCode, string]>> = {
  HPE_HEADER_OVERFLOW: ["headers-too-large", "send fewer or shorter headers"],
  ERR_HTTP_REQUEST_TIMEOUT: ["request-timeout", "the whole request must arrive within the time limit"],
};

/** Answers what is not HTTP, or never became a whole request, and closes the connection. */
export function answerMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = codes[error.code ?? ""] ?? ["invalid-request", "this is not an HTTP/1.1 request"];
  const problem = problemOf(new Failure(code, detail));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
