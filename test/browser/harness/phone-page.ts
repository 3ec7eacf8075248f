import type { BrowserContext, Locator, Page } from "playwright-core";

/** The web phone in a tab, as a person uses it: by what it says and by the names of its buttons. */
export class PhonePage {
  readonly page: Page;
  /** What the browser complained of: refusals of the page's policy among it. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    // Leaving a call is asked about first.
    page.on("dialog", (dialog) => void dialog.accept());
  }

  /** Opens `/phone`; with a token signed in by the address. */
  static async open(context: BrowserContext, url: string, token?: string): Promise<PhonePage> {
    const phone = new PhonePage(await context.newPage());
    await phone.page.goto(`${url}/phone${token === undefined ? "" : `#token=${token}`}`);
    return phone;
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  async signIn(token: string): Promise<void> {
    await this.page.getByLabel("Token", { exact: true }).fill(token);
    await this.button("Sign in").click();
  }

  async online(): Promise<void> {
    await this.page.getByText("Online", { exact: true }).waitFor();
  }

  async dial(number: string): Promise<void> {
    await this.page.getByLabel("Number").fill(number);
    await this.button("Call").click();
  }

  async rings(): Promise<void> {
    await this.button("Answer").waitFor();
  }

  async answer(): Promise<void> {
    await this.button("Answer").click();
  }

  /** Who the call is with, as it is shown. */
  async with(): Promise<string> {
    return (await this.page.getByRole("heading", { level: 1 }).textContent()) ?? "";
  }

  /** The call stands. */
  async talking(): Promise<void> {
    await this.page.getByRole("timer").waitFor();
  }

  /** What the page says of the call that has just ended. */
  async ended(): Promise<string> {
    return (await this.page.locator(".ended .mantine-Alert-message").textContent()) ?? "";
  }

  /** What a screen reader says by itself. */
  async spoken(): Promise<string> {
    return (await this.page.locator('[aria-live="assertive"]').textContent()) ?? "";
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
