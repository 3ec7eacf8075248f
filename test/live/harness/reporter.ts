import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { freeSwitchBinary } from "./freeswitch.ts";
import { type ReportedTest, renderReport } from "./report.ts";

const firstLine = (command: string, args: readonly string[], pattern = /\S.*/): string => {
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return pattern.exec(`${stdout}${stderr}`)?.[0]?.trim() ?? "unknown";
};

function commit(): string {
  const head = firstLine("git", ["rev-parse", "HEAD"]);
  const changed = spawnSync(
    "git",
    ["status", "--porcelain", "--", "src", "freeswitch-conf", "test", "package.json"],
    {
      encoding: "utf8",
    },
  ).stdout;
  const unknown = changed.split("\n").filter((line) => line !== "" && !line.endsWith("test/live/REPORT.md"));
  return unknown.length === 0 ? head : `${head} with ${unknown.length} files changed since`;
}

function reported(test: TestCase): ReportedTest {
  const result = test.result();
  const { figures = {} } = test.meta();
  const about = { file: basename(test.module.moduleId), name: test.fullName, figures };
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000;
  if (result.state === "passed") return { ...about, seconds, outcome: "passed", reason: "" };
  if (result.state === "failed") {
    return {
      ...about,
      seconds,
      outcome: "failed",
      reason: result.errors.map(({ message }) => message).join("; "),
    };
  }
  const reason = result.state === "skipped" ? (result.note ?? "skipped") : "the run ended before it";
  return { ...about, seconds, outcome: "not run", reason };
}

/** A file whose tests could not even begin. */
function reportedModule(module: TestModule): ReportedTest[] {
  const tests = [...module.children.allTests()].map((test) => reported(test));
  const errors = [...module.errors(), ...[...module.children.suites()].flatMap((suite) => suite.errors())];
  if (errors.length === 0) return tests;
  const reason = errors.map(({ message }) => message).join("; ");
  const about = { file: basename(module.moduleId), name: "(the file itself)", seconds: 0, figures: {} };
  return [...tests, { ...about, outcome: "failed", reason }];
}

/** Writes the report to the file that `PATCHCORD_LIVE_REPORT` names; nothing without it. */
export default class LiveReporter implements Reporter {
  readonly #begun = performance.now();

  onTestRunEnd(modules: readonly TestModule[]): void {
    const { PATCHCORD_LIVE_REPORT: path } = process.env;
    if (!path) return;
    const tests = modules
      .toSorted((one, other) => one.moduleId.localeCompare(other.moduleId))
      .flatMap((module) => reportedModule(module));
    const report = renderReport({
      commit: commit(),
      date: new Date().toISOString(),
      switchVersion: firstLine(freeSwitchBinary(), ["-version"], /(?<=version: ).*/),
      machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
      tools: [
        firstLine("sipp", ["-v"], /SIPp v[\w.-]*\w/),
        firstLine("dpkg-query", ["-W", "-f", "baresip ${Version}", "baresip-core"]),
        firstLine("tcpdump", ["--version"]),
      ],
      seconds: (performance.now() - this.#begun) / 1000,
      tests,
    });
    writeFileSync(path, report);
    console.log(`report written to ${path}`);
  }
}
