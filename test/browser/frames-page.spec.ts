import type { Locator, Page } from 'playwright-core';
import { ORIGIN, startSample, type RunningSample } from './sample.js';

let sample: RunningSample;
let page: Page;

beforeAll(async () => {
  sample = await startSample();
  page = await sample.browser.newPage();
  await page.goto(`${ORIGIN}/frames.html`);
});

afterAll(() => sample.close());

const panel = (user: string): Locator => page.locator(`#${user}`);

/** A frame on show: which way it went, its command, and a text within its headers or body. */
function frame(user: string, direction: 'out' | 'in', command: string, text = ''): Locator {
  const named = page.locator('.command', { hasText: new RegExp(`^${command}$`) });
  return panel(user).locator(`li.${direction}`, { hasText: text }).filter({ has: named });
}

async function press(user: string, action: string, text?: string): Promise<void> {
  if (text !== undefined) await panel(user).locator('.text').fill(text);
  await panel(user).locator(action).click();
}

it('connects two users by itself and shows how', async () => {
  for (const user of ['alice', 'bob']) {
    await frame(user, 'out', 'CONNECT', `login: ${user}`).waitFor();
    await frame(user, 'in', 'CONNECTED', `user-name: ${user}`).waitFor();
    await frame(user, 'out', 'SUBSCRIBE', '/user/queue/one').waitFor();
  }
});

it('shows a broadcast on its way to the application and from there to everyone', async () => {
  await press('alice', '.broadcast', 'hello everyone');
  await frame('alice', 'out', 'SEND', '{"body":"hello everyone"}').waitFor();
  await frame('alice', 'in', 'MESSAGE', 'server:hello everyone').waitFor();
  await frame('bob', 'in', 'MESSAGE', 'server:hello everyone').waitFor();
});

it('shows a message for one user with that user only', async () => {
  await press('bob', '.one', 'just for bob');
  await frame('bob', 'in', 'MESSAGE', 'destination: /user/queue/one').waitFor();
  await press('bob', '.broadcast', 'sent after it');
  await frame('alice', 'in', 'MESSAGE', 'server:sent after it').waitFor();
  expect(await panel('alice').locator('li', { hasText: 'just for bob' }).count()).toBe(0);
});

it('shows a question, its direct reply and the end of the subscription', async () => {
  await press('alice', '.ask');
  await frame('alice', 'out', 'SUBSCRIBE', '/app/subscribe/1').waitFor();
  await frame('alice', 'in', 'MESSAGE', 'success').waitFor();
  await frame('alice', 'out', 'UNSUBSCRIBE').waitFor();
});

it('shows a message that passes the application by', async () => {
  await press('bob', '.no-app', 'straight through');
  await frame('alice', 'in', 'MESSAGE', '{"body":"straight through"}').waitFor();
});

it('shows the farewell, and connects again', async () => {
  await press('bob', '.connect');
  await frame('bob', 'out', 'DISCONNECT').waitFor();
  await frame('bob', 'in', 'RECEIPT').waitFor();
  await panel('bob').locator('.status', { hasText: 'disconnected' }).waitFor();
  await press('bob', '.connect');
  await panel('bob').locator('.status', { hasText: 'connected, STOMP 1.2' }).waitFor();
});
