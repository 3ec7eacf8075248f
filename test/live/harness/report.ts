/** One test of the live suite, as the report shows it. */
export interface ReportedTest {
  readonly file: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not run";
  readonly seconds: number;
  /** Why it failed or was not run; empty when it passed. */
  readonly reason: string;
  readonly figures: Readonly<Record<string, string>>;
}

export interface ReportFacts {
  readonly commit: string;
  readonly date: string;
  readonly switchVersion: string;
  readonly machine: string;
  readonly tools: readonly string[];
  readonly seconds: number;
  readonly tests: readonly ReportedTest[];
}

const cell = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 300);

/** The report as Markdown. */
export function renderReport(facts: ReportFacts): string {
  const count = (outcome: ReportedTest["outcome"]): number =>
    facts.tests.filter((test) => test.outcome === outcome).length;
  const figures = facts.tests.flatMap(({ file, figures }) =>
    Object.entries(figures).map(([name, value]) => `| ${cell(name)} | ${cell(value)} | ${file} |`),
  );
  const notRun = facts.tests.filter(({ outcome }) => outcome === "not run");
  const lines = [
    "# The live suite's last run",
    "Written by `npm run test:live`; do not edit.",
    "",
    `- Commit: ${facts.commit}`,
    `- Date: ${facts.date}`,
    `- FreeSWITCH: ${facts.switchVersion}`,
    `- Machine: ${facts.machine}`,
    `- Beside it: ${facts.tools.join("; ")}`,
    `- ${facts.tests.length} tests: ${count("passed")} passed, ${count("failed")} failed, ${count("not run")} not run, in ${facts.seconds.toFixed(0)} s`,
    "",
    "## Measured",
    ...(figures.length > 0 ? ["| What | Value | By |", "|---|---|---|", ...figures] : ["Nothing."]),
    "",
    "## Tests",
    "| File | Test | Outcome | Seconds |",
    "|---|---|---|---|",
    ...facts.tests.map(
      ({ file, name, outcome, seconds, reason }) =>
        `| ${file} | ${cell(name)} | ${outcome}${outcome === "failed" ? `: ${cell(reason)}` : ""} | ${seconds.toFixed(1)} |`,
    ),
    "",
    "## Not run",
    ...(notRun.length > 0
      ? notRun.map(({ file, name, reason }) => `- ${file}: ${name}: ${reason}`)
      : ["None."]),
    "",
  ];
  return lines.join("\n");
}
