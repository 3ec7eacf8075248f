/** What surrounds the process, as far as configuration is concerned. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that relative paths start at. */
  readonly cwd: string;
}

/** The only reader of the process's environment. */
export const environment = (): Environment => ({ env: process.env, cwd: process.cwd() });
