import { chromium, type Browser, type BrowserContextOptions } from 'playwright-core';
import { ImServer } from '../../support/im-server.js';
import { Person } from './person.js';

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true };

/** A server, a browser, and those who come in a test. */
export class Stage {
  private people: Person[] = [];

  private constructor(
    readonly server: ImServer,
    readonly browser: Browser,
  ) {}

  static async open(): Promise<Stage> {
    const server = await ImServer.start();
    const browser = await chromium.launch({
      executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--no-proxy-server'],
    });
    return new Stage(server, browser);
  }

  async signIn(userId: string, options?: BrowserContextOptions): Promise<Person> {
    const person = await Person.signIn(this.browser, this.server.url, userId, options);
    this.people.push(person);
    return person;
  }

  /** Alice, and 小明 who has the same group open. */
  async together(title: string): Promise<[alice: Person, xiaoming: Person]> {
    const [alice, xiaoming] = [await this.signIn('alice'), await this.signIn('小明')];
    await alice.createGroup(title, '小明');
    await xiaoming.open(title);
    return [alice, xiaoming];
  }

  /** All of them go. @returns what their pages have complained of */
  async clear(): Promise<readonly string[]> {
    const complaints = this.people.flatMap((person) => person.complaints);
    await Promise.all(this.people.map(({ context }) => context.close()));
    this.people = [];
    return complaints;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.remove();
  }
}
