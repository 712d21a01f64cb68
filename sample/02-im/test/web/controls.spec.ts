import { gzipSync } from 'node:zlib';
import type { BrowserContextOptions } from 'playwright-core';
import { illegible } from './support/contrast.js';
import type { Person } from './support/person.js';
import { PHONE, Stage } from './support/stage.js';

const LARGEST_BUNDLE = 50 * 1024;

let stage: Stage;
const signIn = (userId: string, options?: BrowserContextOptions): Promise<Person> => stage.signIn(userId, options);
const together = (title: string): Promise<[alice: Person, xiaoming: Person]> => stage.together(title);

beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);

afterEach(async () => {
  expect(await stage.clear()).toEqual([]);
});

afterAll(() => stage?.close());

describe('A message', () => {
  it('is pinned and unpinned for everybody, and a click on the bar leads to it', async () => {
    const [alice, xiaoming] = await together('Pins');
    await alice.say('the address is 北京路 1');
    await alice.say('see you there');
    await alice.seesTick('see you there', 'read');
    await alice.choose('the address', 'Pin');
    const bar = xiaoming.page.locator('.pinned-bar');
    await bar.getByText('the address is 北京路 1').waitFor();
    await bar.click();
    await xiaoming.page.locator('.message.flashed', { hasText: 'the address' }).waitFor();
    await xiaoming.choose('the address', 'Unpin');
    await alice.page.locator('.pinned-bar').waitFor({ state: 'detached' });
  });

  it('that is pinned is told in the bar before it is loaded; several of them take turns', async () => {
    const [alice, xiaoming] = await together('Turns');
    await alice.say('pinned first');
    await alice.say('pinned second');
    await alice.seesTick('pinned second', 'read');
    await alice.choose('pinned first', 'Pin');
    await alice.page.locator('.pinned-bar', { hasText: 'pinned first' }).waitFor();
    await alice.choose('pinned second', 'Pin');
    for (let line = 1; line <= 60; line++) await alice.say(`line ${line}.`);
    await xiaoming.sees('line 60.');
    await alice.seesTick('line 60.', 'read');
    const fresh = await signIn('小明');
    await fresh.open('Turns');
    await fresh.sees('line 60.');
    const bar = fresh.page.locator('.pinned-bar');
    await bar.getByText('pinned second').waitFor();
    await bar.getByText('1/2').waitFor();
    await bar.click();
    await fresh.page.locator('.message.flashed', { hasText: 'pinned second' }).waitFor();
    await bar.getByText('pinned first').waitFor();
  }, 60_000);

  it('is forwarded to another chat, and says that it was; with its file', async () => {
    const [alice, bob] = [await signIn('alice'), await signIn('bob')];
    await alice.createGroup('Target', 'Bob');
    await bob.open('Target');
    await alice.createGroup('Source', '小明');
    await alice.page
      .locator('input[type=file]')
      .setInputFiles([{ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('the plan') }]);
    await alice.say('a word for all');
    await alice.message('plan.txt').locator('.tick').waitFor();
    await alice.message('a word for all').locator('.tick').waitFor();
    for (const text of ['a word for all', 'plan.txt']) {
      await alice.choose(text, 'Forward');
      await alice.page.getByLabel('Find a chat').fill('targ');
      await alice.page.locator('dialog .person', { hasText: 'Target' }).click();
      await alice.page.getByRole('button', { name: 'Forward', exact: true }).click();
    }
    await bob.message('a word for all').getByText('Forwarded').waitFor();
    const download = bob.page.waitForEvent('download');
    await bob.message('plan.txt').locator('a.file[href*="/files/"]').click();
    expect((await download).suggestedFilename()).toBe('plan.txt');
    expect(await alice.message('a word for all').getByText('Forwarded').count()).toBe(0);
  });

  it('may be taken back by its sender for two minutes', async () => {
    const [, xiaoming] = await together('Recalling');
    await xiaoming.page.clock.install();
    await xiaoming.say('a mistake');
    await xiaoming.message('a mistake').locator('.tick').waitFor();
    const menu = xiaoming.page.locator('.menu');
    await xiaoming.message('a mistake').locator('.bubble').click({ button: 'right' });
    await menu.getByText('Recall').waitFor();
    await xiaoming.page.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });
    await xiaoming.page.clock.fastForward('02:01');
    await xiaoming.message('a mistake').locator('.bubble').click({ button: 'right' });
    await menu.getByText('Copy text').waitFor();
    expect(await menu.getByText('Recall').count()).toBe(0);
  });

  it('is deleted for oneself, on all devices', async () => {
    const [alice, xiaoming] = await together('Deleting');
    await xiaoming.say('too much');
    const phone = await signIn('alice', PHONE);
    await phone.open('Deleting');
    await phone.sees('too much');
    await alice.choose('too much', 'Delete for me');
    for (const device of [alice, phone]) await device.message('too much').waitFor({ state: 'detached' });
    await xiaoming.sees('too much');
  });
});

describe('A channel', () => {
  it('is joined by its link, pasted or opened, by people who were not invited', async () => {
    const [alice, bob, xiaoming] = [await signIn('alice'), await signIn('bob'), await signIn('小明')];
    await alice.createChannel('Weather');
    await alice.openDetails();
    const link = await alice.details.getByLabel('Link', { exact: true }).inputValue();

    await bob.page.goto(link);
    await bob.page.getByText('You are not in this chat').waitFor();
    await bob.page.getByRole('button', { name: 'Join' }).click();
    await bob.notes('You joined');
    await alice.notes('Bob joined');

    await xiaoming.page.getByLabel('New chat', { exact: true }).click();
    await xiaoming.page.getByText('Join', { exact: true }).click();
    await xiaoming.page.getByLabel('Link of a channel').fill(link);
    await xiaoming.page.locator('dialog').getByRole('button', { name: 'Join' }).click();
    await xiaoming.page.locator('dialog').waitFor({ state: 'detached' });
    await alice.say('rain tomorrow');
    for (const reader of [bob, xiaoming]) await reader.sees('rain tomorrow');
  });

  it('is joined from a link in a message, on the same page', async () => {
    const [alice, xiaoming] = await together('Links');
    await alice.createChannel('Linked');
    await alice.openDetails();
    const link = await alice.details.getByLabel('Link', { exact: true }).inputValue();
    await alice.open('Links');
    await alice.say(`come to ${link}`);
    await xiaoming.message('come to').getByRole('link').click();
    await xiaoming.page.getByRole('button', { name: 'Join' }).click();
    await xiaoming.page.locator('.chat-title', { hasText: 'Linked' }).waitFor();
    await alice.open('Linked');
    await alice.say('welcome');
    await xiaoming.sees('welcome');
    expect(xiaoming.context.pages()).toHaveLength(1);
  });

  it('gives its link to the clipboard', async () => {
    const alice = await signIn('alice', { permissions: ['clipboard-read', 'clipboard-write'] });
    await alice.createChannel('Copied');
    await alice.openDetails();
    await alice.details.getByLabel('Copy link').click();
    await alice.details.getByLabel('Copied').waitFor();
    expect(await alice.page.evaluate('navigator.clipboard.readText()')).toMatch(/^http.*#\/r_/);
  });

  it('offers those who only read it neither answers nor pins, and is not among the targets of what they forward', async () => {
    const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
    await alice.createChannel('Readers', '小明');
    await alice.say('for readers');
    await xiaoming.room('Readers').click();
    await xiaoming.sees('for readers');
    await xiaoming.message('for readers').locator('.bubble').click({ button: 'right' });
    const menu = xiaoming.page.locator('.menu');
    await menu.getByLabel('React with 👍').waitFor();
    expect(await menu.locator('ul').innerText()).toMatch(/^\s*Forward\s+Copy text\s+Delete for me\s*$/);
    await menu.getByText('Forward').click();
    await xiaoming.page.getByLabel('Find a chat').fill('Readers');
    await xiaoming.page.locator('dialog').getByText('Nothing found').waitFor();
    await xiaoming.page.keyboard.press('Escape');
    await alice.message('for readers').locator('.bubble').click({ button: 'right' });
    await alice.page.locator('.menu').getByText('Pin', { exact: true }).waitFor();
  });
});

it('says why a group is not joined by its address', async () => {
  const [alice, bob] = [await signIn('alice'), await signIn('bob')];
  await alice.createGroup('Closed', '小明');
  await bob.page.goto(alice.page.url());
  await bob.page.getByRole('button', { name: 'Join' }).click();
  await bob.page.getByRole('alert').getByText('One joins channels only').waitFor();
  await bob.page.getByRole('button', { name: 'Back' }).click();
  await bob.page.getByText('Choose a chat').waitFor();
});

describe('The owner of a group', () => {
  it('makes somebody an admin, who may name it; takes that back; and hands the group over', async () => {
    const [alice, xiaoming] = await together('Roles');
    await alice.openDetails();
    await xiaoming.openDetails();
    await alice.manage('小明', 'Make admin');
    await xiaoming.notes('Alice made you an admin');
    await xiaoming.details.getByLabel('Title').fill('Named by 小明');
    await xiaoming.details.getByRole('button', { name: 'Rename' }).click();
    await alice.room('Named by 小明').waitFor();

    await alice.manage('小明', 'Remove as admin');
    await xiaoming.details.getByLabel('Title').waitFor({ state: 'detached' });

    alice.page.on('dialog', (dialog) => void dialog.accept());
    await alice.manage('小明', 'Make owner');
    await xiaoming.notes('Alice made you the owner');
    await alice.member('小明').getByText('Owner').waitFor();
    await alice.member('Alice').getByText('Admin').waitFor();
    await xiaoming.manage('Alice', 'Remove as admin');
    await alice.details.getByLabel('Title').waitFor({ state: 'detached' });
  });

  it('silences a member, who is told so instead of writing, until that is taken back', async () => {
    const [alice, xiaoming] = await together('Silence');
    await alice.say('please be quiet');
    await xiaoming.sees('please be quiet');
    await alice.openDetails();
    await alice.manage('小明', 'Silence for 1 day');
    await xiaoming.page.getByText('Admins have silenced you here until').waitFor();
    await xiaoming.composer.waitFor({ state: 'detached' });
    await alice.member('小明').getByText('silenced until').waitFor();
    await alice.notes('You silenced 小明');
    await xiaoming.message('please be quiet').locator('.bubble').click({ button: 'right' });
    await xiaoming.page.locator('.menu').getByText('Copy text').waitFor();
    expect(await xiaoming.page.locator('.menu').getByLabel('React with 👍').count()).toBe(0);
    await xiaoming.page.keyboard.press('Escape');
    await alice.manage('小明', 'Allow to write again');
    await xiaoming.say('thank you');
    await alice.sees('thank you');
  });

  it('silences for an hour, after which the member may write without anybody doing anything', async () => {
    const [alice, xiaoming] = await together('An hour');
    await xiaoming.page.clock.install();
    await alice.openDetails();
    await alice.manage('小明', 'Silence for 1 hour');
    await xiaoming.page.getByText('Admins have silenced you here until').waitFor();
    await xiaoming.page.clock.fastForward('01:00:01');
    await xiaoming.composer.waitFor();
  });
});

describe('A chat', () => {
  it('is pinned to the top of the list, on all devices of the user', async () => {
    const alice = await signIn('alice');
    await alice.createGroup('Old but dear');
    await alice.createGroup('Newest');
    const phone = await signIn('alice', PHONE);
    await phone.page.locator('.rooms li:first-child .room[data-room="Newest"]').waitFor();
    await alice.open('Old but dear');
    await alice.openDetails();
    await alice.details.getByText('Pin to the top').click();
    for (const device of [alice, phone]) {
      await device.page.locator('.rooms li:first-child .room[data-room="Old but dear"]').waitFor();
    }
    await alice.details.getByText('Unpin from the top').click();
    await phone.page.locator('.rooms li:first-child .room[data-room="Newest"]').waitFor();
  });

  it('that is muted counts quietly, on all devices of the user, until it is unmuted', async () => {
    const [alice, xiaoming] = await together('Muted');
    const phone = await signIn('alice', PHONE);
    await alice.openDetails();
    await alice.details.getByLabel('Mute', { exact: true }).click();
    await alice.page.locator('.menu').getByText('For 8 hours').click();
    await alice.details.getByText('muted until').waitFor();
    await phone.room('Muted').getByLabel('muted').waitFor();
    await alice.page.evaluate('location.hash = "#"');
    const title = await phone.page.title();
    await xiaoming.say('psst');
    await phone.room('Muted').locator('.badge.quiet').getByText('1', { exact: true }).waitFor();
    expect(await phone.page.title()).toBe(title);
    await alice.room('Muted').click();
    await alice.openDetails();
    await alice.details.getByText('Unmute').click();
    await phone.room('Muted').getByLabel('muted').waitFor({ state: 'detached' });
  });
});

describe('The keyboard', () => {
  it('closes with Esc what is in front, and goes back to where it came from', async () => {
    const [alice] = await together('Esc');
    await alice.openDetails();
    const add = alice.details.getByLabel('Add people');
    await add.press('Enter');
    await alice.page.locator('dialog.dialog').waitFor();
    await alice.page.keyboard.press('Escape');
    await alice.page.locator('dialog.dialog').waitFor({ state: 'detached' });
    await alice.details.locator('[aria-label="Add people"]:focus').waitFor();
    await alice.page.keyboard.press('Escape');
    await alice.details.waitFor({ state: 'detached' });
    await alice.page.locator('.chat-header [aria-label="Details"]:focus').waitFor();
  });

  it('chooses from a menu with arrows, and writes the answer at once', async () => {
    const [alice, xiaoming] = await together('Arrows');
    await alice.say('a question');
    await xiaoming.sees('a question');
    await xiaoming.message('a question').getByLabel('More').press('Enter');
    await xiaoming.page.locator('.menu').waitFor();
    await xiaoming.page.keyboard.press('ArrowDown');
    await xiaoming.page.keyboard.press('ArrowUp');
    await xiaoming.page.keyboard.press('ArrowDown');
    await xiaoming.page.keyboard.press('Enter');
    await xiaoming.page.locator('.intent').waitFor();
    await xiaoming.page.keyboard.type('the answer');
    await xiaoming.page.keyboard.press('Enter');
    await alice.message('the answer').locator('.quote', { hasText: 'a question' }).waitFor();
  });
});

it('has all of this within reach of a thumb, on 390 pixels', async () => {
  const [alice] = await together('Small');
  await alice.say('something');
  const phone = await signIn('小明', PHONE);
  await phone.open('Small');
  await phone.message('something').locator('.bubble').tap();
  await phone.page.locator('.menu').waitFor();
  const tools = phone.message('something').locator('.message-tools');
  expect(await tools.evaluate((element) => (globalThis as any).getComputedStyle(element).opacity)).toBe('0');
  await phone.page.locator('.menu').getByText('Forward').tap();
  await phone.page.locator('dialog .person', { hasText: 'Small' }).tap();
  await phone.page.getByRole('button', { name: 'Forward', exact: true }).tap();
  await alice.message('something').getByText('Forwarded').waitFor();
  await phone.openDetails();
  const outside = `[...document.querySelectorAll('button, input')].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 0 && (left < 0 || right > innerWidth);
  }).length`;
  expect(await phone.page.evaluate(outside)).toBe(0);
});

it.each(['light', 'dark'] as const)('can be read by everybody where it is %s', async (colorScheme) => {
  const [alice, xiaoming] = [await signIn('alice', { colorScheme }), await signIn('小明')];
  await alice.createGroup(`In the ${colorScheme}`, '小明');
  await xiaoming.open(`In the ${colorScheme}`);
  await xiaoming.say('a question');
  await alice.choose('a question', 'Pin');
  await alice.message('a question').getByLabel('Reply').click();
  await alice.say('an answer https://example.com');
  await alice.seesTick('an answer', 'read');
  await alice.choose('an answer', 'Forward');
  await alice.page.locator('dialog .person').first().click();
  expect(await illegible(alice.page)).toEqual([]);
  await alice.page.getByRole('button', { name: 'Forward', exact: true }).click();
  await alice.page.locator('.pinned-bar', { hasText: 'a question' }).waitFor();
  await alice.openDetails();
  await alice.member('小明').getByText('小明').first().waitFor();
  expect(await illegible(alice.page)).toEqual([]);
  await alice.member('小明').getByLabel('Manage 小明').click();
  await alice.page.locator('.menu').waitFor();
  expect(await illegible(alice.page)).toEqual([]);
});

it('is at most 50 KB with gzip', async () => {
  const files = await Promise.all(['/main.js', '/main.css'].map((path) => fetch(stage.server.url + path)));
  const bytes = await Promise.all(files.map(async (file) => gzipSync(await file.arrayBuffer()).length));
  expect(bytes[0] + bytes[1]).toBeLessThan(LARGEST_BUNDLE);
});
