import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { Chat } from './chat.js';

let chat: Chat;
let browser: Browser;
let alice: Page;
let bob: Page;

async function open(name: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(chat.address!);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.locator('body:not([data-server=""])[data-server]').waitFor();
  return page;
}

const here = (page: Page): Locator => page.getByRole('status');

async function serverOf(page: Page): Promise<string> {
  return (await page.locator('body').getAttribute('data-server'))!;
}

async function send(page: Page, to: string, text: string): Promise<void> {
  await page.getByLabel('To').selectOption(to);
  await page.getByLabel('Text').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

const message = (page: Page, text: string): Locator => page.getByLabel('Messages').locator('li', { hasText: text });

beforeAll(async () => {
  chat = await Chat.start();
  browser = await chromium.launch({
    executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--no-proxy-server'],
  });
  [alice, bob] = [await open('alice'), await open('bob')];
}, 120_000);

afterAll(async () => {
  await browser.close();
  await chat.stop();
});

describe('The page of two servers', () => {
  it('goes to the next server when it is told to connect again', async () => {
    // Other connections are dealt out, too: bob's tab may take the turn.
    while ((await serverOf(alice)) === (await serverOf(bob))) {
      await alice.getByRole('button', { name: 'Connect again' }).click();
      await alice.locator('body[data-server=""]').waitFor();
      await alice.locator('body:not([data-server=""])').waitFor();
    }
    expect([await serverOf(alice), await serverOf(bob)].sort()).toEqual(['north', 'south']);
    expect(await here(alice).textContent()).toMatch(/^connected to (north|south), process \d+$/);
  });

  it('lists who is there, with their servers', async () => {
    for (const page of [alice, bob]) {
      await page.locator('#users li', { hasText: `alice${await serverOf(alice)}` }).waitFor();
      await page.locator('#users li', { hasText: `bob${await serverOf(bob)}` }).waitFor();
    }
  });

  it('shows what is for everyone on both servers, and what is for one user with that user only', async () => {
    await send(alice, 'bob', 'just for bob');
    await message(bob, 'just for bob').waitFor();
    await send(bob, '', 'hello <b>everyone</b>');
    for (const page of [alice, bob]) await message(page, 'hello <b>everyone</b>').waitFor();
    expect(await message(alice, 'just for bob').textContent()).toBe('you to bobjust for bob');
    expect(await message(bob, 'just for bob').textContent()).toBe(`alice to you${await serverOf(alice)}just for bob`);
  });

  it('comes back by itself when its server is killed', async () => {
    const pid = Number(/\d+$/.exec((await here(alice).textContent())!)![0]);
    process.kill(pid, 'SIGKILL');
    await alice.locator('body[data-server=""]').waitFor();
    await alice.locator('body:not([data-server=""])').waitFor();
    await send(alice, '', 'here again');
    for (const page of [alice, bob]) await message(page, 'here again').waitFor();
  });
});
