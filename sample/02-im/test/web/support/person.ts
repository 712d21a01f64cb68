import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';

const DESKTOP: BrowserContextOptions = { viewport: { width: 1200, height: 800 }, locale: 'en-GB' };

/** Somebody who uses the web client on a device of their own. */
export class Person {
  /** What the page has complained of. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // A server that is not there is nothing that a page could help.
      const isExpected = message.text().includes('net::ERR_') || message.text().includes('WebSocket connection to');
      if (message.type() === 'error' && !isExpected) this.complaints.push(message.text());
    });
  }

  static async signIn(
    browser: Browser,
    origin: string,
    userId: string,
    options?: BrowserContextOptions,
  ): Promise<Person> {
    const context = await browser.newContext({ ...DESKTOP, ...options });
    const person = new Person(await context.newPage(), context);
    await person.page.goto(origin);
    await person.page.fill('[name=user_id]', userId);
    await person.page.fill('[name=password]', 'demo');
    await person.page.press('[name=password]', 'Enter');
    await person.page.getByTestId('me').waitFor();
    return person;
  }

  get composer(): Locator {
    return this.page.locator('.composer textarea');
  }

  room(title: string): Locator {
    return this.page.locator(`.room[data-room="${title}"]`);
  }

  message(text: string): Locator {
    return this.page.locator('.message', { hasText: text });
  }

  async open(title: string): Promise<void> {
    await this.room(title).click();
    await this.composer.waitFor();
  }

  /** From the people that the server finds. */
  async openDirect(name: string): Promise<void> {
    await this.page.getByLabel('New chat', { exact: true }).click();
    await this.page.getByLabel('People').fill(name);
    await this.page.locator('dialog .person', { hasText: name }).first().click();
    await this.composer.waitFor();
  }

  createGroup(title: string, ...people: string[]): Promise<void> {
    return this.create('Group', title, people);
  }

  createChannel(title: string, ...people: string[]): Promise<void> {
    return this.create('Channel', title, people);
  }

  private async create(kind: string, title: string, people: readonly string[]): Promise<void> {
    await this.page.getByLabel('New chat', { exact: true }).click();
    await this.page.getByText(kind, { exact: true }).click();
    await this.page.getByLabel('Title').fill(title);
    for (const name of people) {
      await this.page.getByLabel('People').fill(name);
      await this.page.locator('dialog .person', { hasText: name }).first().click();
    }
    await this.page.getByRole('button', { name: 'Create' }).click();
    await this.page.locator('.chat-title', { hasText: title }).waitFor();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  async sees(text: string): Promise<void> {
    await this.message(text).first().waitFor();
  }

  async choose(text: string, entry: string): Promise<void> {
    await this.message(text).locator('.bubble').click({ button: 'right' });
    await this.page.locator('.menu').getByText(entry, { exact: true }).click();
  }

  get details(): Locator {
    return this.page.locator('.details');
  }

  async openDetails(): Promise<void> {
    await this.page.getByLabel('Details', { exact: true }).click();
    await this.details.waitFor();
  }

  member(name: string): Locator {
    return this.details.locator('.member', { hasText: name });
  }

  /** From the menu of a member of the open chat. */
  async manage(name: string, entry: string): Promise<void> {
    await this.member(name).getByLabel(`Manage ${name}`).click();
    await this.page.locator('.menu').getByText(entry, { exact: true }).click();
  }

  async notes(text: string): Promise<void> {
    await this.page.locator('.note', { hasText: text }).first().waitFor();
  }

  /** `sent`, `delivered` or `read`. */
  async seesTick(text: string, tick: string): Promise<void> {
    await this.message(text).locator(`.tick.${tick}`).waitFor();
  }

  async texts(): Promise<string[]> {
    return this.page.locator('.message .text').allTextContents();
  }
}
