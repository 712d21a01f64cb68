import type { BrowserContext, Page } from 'playwright-core';
import { ORIGIN, startSample, type RunningSample } from './sample.js';

/** What a browser or a network lacks, and what SockJS then travels on. */
const WAYS: { way: string; lacks: (context: BrowserContext) => Promise<unknown>; transport: string[] }[] = [
  {
    way: 'over WebSocket',
    lacks: async () => {},
    transport: ['websocket'],
  },
  {
    way: 'over xhr-streaming, in a browser without WebSocket',
    lacks: withoutWebSocket,
    transport: ['xhr_send', 'xhr_streaming'],
  },
  {
    way: 'over xhr-polling, where nothing that streams comes through either',
    lacks: async (context) => {
      await withoutWebSocket(context);
      await context.route(/\/(xhr_streaming|eventsource|htmlfile)\b/, (route) => route.abort());
    },
    transport: ['xhr', 'xhr_send'],
  },
];

let sample: RunningSample;

beforeAll(async () => {
  sample = await startSample();
});

afterAll(() => sample.close());

describe.each(WAYS)("the guide's page $way", ({ lacks, transport }) => {
  let alice: GuidePage;
  let aliceElsewhere: GuidePage;
  let bob: GuidePage;
  let contextOfAlice: BrowserContext;
  let contextOfBob: BrowserContext;

  beforeAll(async () => {
    contextOfAlice = await browserOf('alice');
    contextOfBob = await browserOf('bob');
    [alice, aliceElsewhere, bob] = await Promise.all([
      GuidePage.open(contextOfAlice),
      GuidePage.open(contextOfAlice),
      GuidePage.open(contextOfBob),
    ]);
    for (const page of [alice, aliceElsewhere, bob]) await page.connect();
  });

  afterAll(() => Promise.all([contextOfAlice.close(), contextOfBob.close()]));

  async function browserOf(name: string): Promise<BrowserContext> {
    const context = await sample.browser.newContext();
    await lacks(context);
    await logIn(context, name);
    return context;
  }

  it('shows what the subscription form gets on subscribing', async () => {
    for (const page of [alice, aliceElsewhere, bob]) await page.shows('#subscribeMsg', 'success');
  });

  it('broadcasts to everyone by way of the application', async () => {
    await alice.send('#broadcastText', '#broadcastButton', '大家好');
    for (const page of [alice, aliceElsewhere, bob]) await page.shows('#broadcastMsg', 'server:大家好');
  });

  it("sends the user form to all of that user's tabs and to nobody else's", async () => {
    await alice.send('#userText', '#userButton', 'for alice only');
    await alice.send('#broadcastText', '#broadcastButton', 'sent after it');
    for (const page of [alice, aliceElsewhere]) await page.shows('#userMsg', 'for alice only');
    await bob.shows('#broadcastMsg', 'server:sent after it');
    await bob.shows('#userMsg', '');

    await bob.send('#userText', '#userButton', 'for bob only');
    await bob.shows('#userMsg', 'for bob only');
    await bob.send('#broadcastText', '#broadcastButton', 'after that');
    await alice.shows('#broadcastMsg', 'server:after that');
    await alice.shows('#userMsg', 'for alice only');
  });

  it('sends the no-app form straight to the broker', async () => {
    await bob.send('#appText', '#appButton', 'nobody handles this');
    for (const page of [alice, aliceElsewhere, bob]) await page.shows('#appMsg', '{"body":"nobody handles this"}');
  });

  it('hears nothing once disconnected, and connects again', async () => {
    await aliceElsewhere.disconnect();
    await bob.send('#broadcastText', '#broadcastButton', 'is anybody here?');
    await alice.shows('#broadcastMsg', 'server:is anybody here?');
    await aliceElsewhere.shows('#broadcastMsg', 'server:after that');

    await aliceElsewhere.connect();
    await bob.send('#broadcastText', '#broadcastButton', 'welcome back');
    await aliceElsewhere.shows('#broadcastMsg', 'server:welcome back');
  });

  it(`has travelled on ${transport.join(' and ')} alone`, () => {
    for (const page of [alice, aliceElsewhere, bob]) expect([...page.transports].toSorted()).toEqual(transport);
  });
});

it('names the user who has logged in, and nobody after the logout', async () => {
  const context = await sample.browser.newContext();
  const page = await logIn(context, 'Ada “Countess” Lovelace');
  await page.click('#logout');
  await until(page, '#who', 'textContent', '');
  await context.close();
});

/** The seed page in one tab, used as a person would use it. */
class GuidePage {
  /** The last segments of the SockJS addresses that were answered, `info` aside. */
  readonly transports = new Set<string>();

  private constructor(private readonly page: Page) {
    const note = (url: string): void => {
      const transport = /\/webSocket\/\d+\/\w+\/(\w+)/.exec(url)?.[1];
      if (transport) this.transports.add(transport);
    };
    page.on('response', (response) => note(response.url()));
    page.on('websocket', (socket) => note(socket.url()));
  }

  static async open(context: BrowserContext): Promise<GuidePage> {
    const page = await context.newPage();
    const guide = new GuidePage(page);
    await page.goto(ORIGIN);
    return guide;
  }

  /** Its own message coming back through the broker shows that all subscriptions made before it are in force. */
  async connect(): Promise<void> {
    await this.click('#connect');
    await this.page.locator('#disconnect:enabled').waitFor();
    await this.send('#appText', '#appButton', 'ready');
    await this.shows('#appMsg', '{"body":"ready"}');
  }

  async disconnect(): Promise<void> {
    await this.click('#disconnect');
    await this.page.locator('#connect:enabled').waitFor();
  }

  async send(field: string, button: string, text: string): Promise<void> {
    await this.page.fill(field, text);
    await this.click(button);
  }

  /** In front, as a person would: tabs in the background are drawn once a second only. */
  private async click(button: string): Promise<void> {
    await this.page.bringToFront();
    await this.page.click(button);
  }

  shows(field: string, text: string): Promise<void> {
    return until(this.page, field, 'value', text);
  }
}

async function logIn(context: BrowserContext, name: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(ORIGIN);
  await page.fill('input[name=username]', name);
  await page.press('input[name=username]', 'Enter');
  await until(page, '#who', 'textContent', name);
  return page;
}

/** Waits in the page; an assertion made of what was there instead tells more than a time-out. */
async function until(page: Page, selector: string, property: string, expected: string): Promise<void> {
  const actual = `document.querySelector(${JSON.stringify(selector)})?.${property}`;
  await page
    .waitForFunction(`${actual} === ${JSON.stringify(expected)}`, undefined, { timeout: 5_000 })
    .catch(() => {});
  expect(await page.evaluate(actual)).toBe(expected);
}

function withoutWebSocket(context: BrowserContext): Promise<unknown> {
  return context.addInitScript('delete window.WebSocket');
}
