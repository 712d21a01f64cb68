import type { BrowserContextOptions } from 'playwright-core';
import type { Person } from './support/person.js';
import { picture } from './support/picture.js';
import { PHONE, Stage } from './support/stage.js';

const PICTURE = picture(320, 200);

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

it('registers somebody new, who is signed in after a reload', async () => {
  const context = await stage.browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(stage.server.url);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.fill('[name=user_id]', 'carol');
  await page.fill('[name=name]', 'Carol');
  await page.fill('[name=password]', 'secret');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByTestId('me').getByText('Carol').waitFor();
  await page.reload();
  await page.getByTestId('me').getByText('Carol').waitFor();
  await page.getByLabel('Sign out').click();
  await page.locator('[name=user_id]').waitFor();
  await context.close();
});

it('says that a password is wrong', async () => {
  const context = await stage.browser.newContext({ locale: 'zh-CN' });
  const page = await context.newPage();
  await page.goto(stage.server.url);
  await page.fill('[name=user_id]', 'alice');
  await page.fill('[name=password]', 'guess');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('alert').waitFor();
  await context.close();
});

it('begins a direct chat, and shows how far each message has come', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  await alice.openDirect('小明');
  await alice.say('你好');
  await alice.seesTick('你好', 'delivered');
  const line = xiaoming.room('Alice');
  await line.getByText('你好').waitFor();
  await line.locator('.badge').getByText('1', { exact: true }).waitFor();
  await xiaoming.open('Alice');
  await xiaoming.sees('你好');
  await alice.seesTick('你好', 'read');
  await line.locator('.badge').waitFor({ state: 'detached' });
});

it('shows that somebody types, and that they are there', async () => {
  const [alice, xiaoming] = await together('Typing');
  await xiaoming.composer.pressSequentially('嗯');
  await alice.page.locator('.typing-line').getByText('小明 is typing').waitFor();
  await xiaoming.composer.press('Enter');
  await alice.sees('嗯');
  await alice.page.locator('.typing-line:empty').waitFor({ state: 'attached' });
  await alice.page.getByLabel('Details', { exact: true }).click();
  await alice.page.locator('.details .member', { hasText: '小明' }).getByLabel('online').waitFor();
});

it('shows on all devices of a user what one of them has done', async () => {
  const [alice, xiaoming] = await together('Devices');
  const phone = await signIn('alice', PHONE);
  await phone.room('Devices').waitFor();
  await alice.say('from my desk');
  await phone.room('Devices').getByText('from my desk').waitFor();
  await xiaoming.say('answer');
  await phone.room('Devices').getByText('answer').waitFor();
  await alice.sees('answer');
  await phone.room('Devices').locator('.badge').waitFor({ state: 'detached' });
  await phone.open('Devices');
  await phone.say('from my phone');
  await alice.sees('from my phone');
  await phone.page.getByLabel('Back').click();
  await phone.room('Devices').waitFor();
});

it('edits by ↑, replies, reacts, recalls and deletes', async () => {
  const [alice, xiaoming] = await together('Changes');
  await alice.say('frist');
  await xiaoming.sees('frist');
  await alice.message('frist').locator('.tick').waitFor();
  await alice.composer.press('ArrowUp');
  await alice.say('first');
  await xiaoming.message('first').getByText('edited').waitFor();

  await xiaoming.message('first').hover();
  await xiaoming.message('first').getByLabel('Reply').click();
  await xiaoming.say('I agree');
  await alice.message('I agree').locator('.quote', { hasText: 'first' }).waitFor();

  await alice.message('I agree').locator('.bubble').click({ button: 'right' });
  await alice.page.getByLabel('React with 👍').click();
  const reaction = xiaoming.message('I agree').locator('.reaction');
  await reaction.getByText('👍 1').waitFor();
  await reaction.click();
  await alice.message('I agree').locator('.reaction').getByText('👍 2').waitFor();

  await alice.say('a mistake');
  await alice.seesTick('a mistake', 'read');
  await alice.choose('a mistake', 'Recall');
  await xiaoming.sees('Alice recalled a message');
  await xiaoming.message('a mistake').waitFor({ state: 'detached' });

  await alice.choose('I agree', 'Delete for me');
  await alice.message('I agree').waitFor({ state: 'detached' });
  await xiaoming.sees('I agree');
});

it('mentions somebody, who is told so in the list', async () => {
  const [alice, xiaoming] = await together('Mentions');
  await alice.say('look here');
  await xiaoming.sees('look here');
  await xiaoming.page.evaluate('location.hash = "#"');
  await alice.composer.pressSequentially('@小');
  await alice.page.locator('.mention-list [aria-selected=true]', { hasText: '小明' }).waitFor();
  await alice.composer.press('Enter');
  await alice.composer.press('Enter');
  await xiaoming.room('Mentions').locator('.badge.mention').waitFor();
  await xiaoming.open('Mentions');
  await xiaoming.page.locator('.mentioned.me', { hasText: '@小明' }).waitFor();
});

it('sends a picture and a file, which the other sees and may load', async () => {
  const [alice, xiaoming] = await together('Files');
  await alice.page.locator('input[type=file]').setInputFiles([
    { name: 'blue.png', mimeType: 'image/png', buffer: PICTURE },
    { name: '报告.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
  ]);
  await alice.page.locator('.strip img').waitFor();
  await alice.page.getByLabel('Send', { exact: true }).click();
  await xiaoming.page.locator('.thumbnail img[src*="/files/"]').waitFor();
  const decoded = `(async (image) => (await image.decode(), image.naturalWidth))(document.querySelector('.thumbnail img'))`;
  expect(await xiaoming.page.evaluate(decoded)).toBe(320);
  const file = xiaoming.page.locator('a.file[href*="/files/"]', { hasText: '报告.txt' });
  const download = xiaoming.page.waitForEvent('download');
  await file.click();
  expect((await download).suggestedFilename()).toBe('报告.txt');
  await xiaoming.page.locator('.thumbnail').click();
  await xiaoming.page.locator('.lightbox img').waitFor();
  await xiaoming.page.keyboard.press('Escape');
  await xiaoming.page.locator('.lightbox').waitFor({ state: 'detached' });
});

it('takes files that are pasted or dropped', async () => {
  const [alice, xiaoming] = await together('Paste');
  // As the browser would fire them.
  const fire = (selector: string, event: string) => `{
    const data = new DataTransfer();
    data.items.add(new File(['${event}'], '${event}.txt', { type: 'text/plain' }));
    const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
    const fired = '${event}' === 'paste' ? new ClipboardEvent('paste', options) : new DragEvent('${event}', options);
    document.querySelector('${selector}').dispatchEvent(fired);
  }`;
  await alice.page.evaluate(fire('.composer textarea', 'paste'));
  await alice.page.evaluate(fire('.message-box', 'dragover'));
  await alice.page.locator('.drop-zone').waitFor();
  await alice.page.evaluate(fire('.message-box', 'drop'));
  await alice.page.locator('.drop-zone').waitFor({ state: 'detached' });
  await alice.page.locator('.strip li').nth(1).waitFor();
  await alice.say('both');
  await xiaoming.sees('both');
  await xiaoming.sees('paste.txt');
  await xiaoming.sees('drop.txt');
});

it('lets only admins write in a channel', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  await alice.page.getByLabel('New chat', { exact: true }).click();
  await alice.page.getByText('Channel', { exact: true }).click();
  await alice.page.getByLabel('Title').fill('News');
  await alice.page.getByLabel('People').fill('小');
  await alice.page.locator('dialog .person').first().click();
  await alice.page.getByRole('button', { name: 'Create' }).click();
  await xiaoming.room('News').click();
  await xiaoming.page.getByText('Only admins write here').waitFor();
  await alice.say('news of today');
  await xiaoming.sees('news of today');
});

it('finds 北京, jumps there, and loads history by scrolling', async () => {
  const [alice, witness] = await together('History');
  await alice.say('明天去北京出差');
  // With a mark at the end: beside the time, "line 12" would read as "line 120" after midnight.
  for (let line = 1; line <= 120; line++) await alice.say(`line ${line}.`);
  await witness.sees('line 120.');
  // Else it would open where the unread ones begin.
  await alice.seesTick('line 120.', 'read');
  // A new device, which has nothing of the room yet. Cause: the empty list was scrolled, and then did not open at its end.
  const xiaoming = await signIn('小明');
  await xiaoming.open('History');
  await xiaoming.sees('line 120.');
  expect(await xiaoming.message('北京').count()).toBe(0);

  await xiaoming.page.getByLabel('Search', { exact: true }).fill('北京');
  await xiaoming.page.locator('.hit mark', { hasText: '北京' }).waitFor();
  await xiaoming.page.locator('.hit').click();
  await xiaoming.page.locator('.message.flashed', { hasText: '明天去北京出差' }).waitFor();
  await xiaoming.page.getByLabel('To the newest message').click();
  await xiaoming.sees('line 120.');

  const first = xiaoming.page.locator('.note', { hasText: 'History' });
  await xiaoming.page.locator('.message-box').hover();
  for (let turns = 0; (await first.count()) === 0 && turns < 100; turns++) {
    await xiaoming.page.mouse.wheel(0, -2_000);
    await xiaoming.page.evaluate('new Promise(requestAnimationFrame)');
  }
  await first.waitFor();
  expect(await xiaoming.message('line ').count()).toBe(120);
}, 60_000);

it('fits a phone, where a tap opens the menu', async () => {
  const [alice] = await together('Phone');
  await alice.say('short');
  await alice.say('https://example.com/' + 'long'.repeat(60));
  const phone = await signIn('小明', PHONE);
  await phone.open('Phone');
  await phone.sees('short');
  expect(await phone.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await phone.message('short').locator('.bubble').tap();
  await phone.page.locator('.menu').getByLabel('React with ❤️').tap();
  await alice.message('short').locator('.reaction').getByText('❤️ 1').waitFor();
  await phone.page.getByRole('button', { name: 'Search in this chat' }).tap();
  await phone.page.getByRole('searchbox').fill('short');
  await phone.page.locator('.hit').tap();
  await phone.page.locator('.message.flashed', { hasText: 'short' }).waitFor();
});

it('goes on after a restart of the server, and delivers once what was written meanwhile', async () => {
  const [alice, xiaoming] = await together('Restart');
  await alice.say('before');
  await xiaoming.sees('before');
  await stage.server.kill();
  await alice.page.getByRole('status').getByText('Reconnecting').waitFor();
  await alice.say('written offline');
  await alice.message('written offline').getByLabel('Sending').waitFor();
  await stage.server.startAgain();
  await alice.page.locator('.banner').waitFor({ state: 'detached', timeout: 30_000 });
  await xiaoming.page.locator('.banner').waitFor({ state: 'detached', timeout: 30_000 });
  await xiaoming.sees('written offline');
  await alice.seesTick('written offline', 'read');
  await xiaoming.say('received');
  await alice.sees('received');
  for (const person of [alice, xiaoming])
    expect(await person.texts()).toEqual(['before', 'written offline', 'received']);
}, 90_000);

it('keeps what is unsent and what is half written when the page is closed', async () => {
  const [alice, xiaoming] = await together('Reload');
  await stage.server.kill();
  await alice.page.getByRole('status').getByText('Reconnecting').waitFor();
  await alice.say('unsent');
  await alice.message('unsent').getByLabel('Sending').waitFor();
  await alice.composer.fill('half writ');
  await alice.page.goto('about:blank');
  await stage.server.startAgain();
  await alice.page.goto(stage.server.url);
  await alice.open('Reload');
  await alice.message('unsent').locator('.tick').waitFor();
  expect(await alice.composer.inputValue()).toBe('half writ');
  await xiaoming.sees('unsent');
  expect(await xiaoming.texts()).toEqual(['unsent']);
}, 90_000);

it('invites, renames, removes and leaves', async () => {
  const [alice, xiaoming] = await together('Members');
  const bob = await signIn('bob');
  const details = alice.page.locator('.details');
  await alice.page.getByLabel('Details', { exact: true }).click();
  await details.getByLabel('Add people').click();
  await alice.page.getByRole('searchbox', { name: 'People' }).fill('bob');
  await alice.page.locator('dialog .person', { hasText: 'Bob' }).click();
  await alice.page.getByRole('button', { name: 'Invite' }).click();
  await bob.room('Members').waitFor();
  await xiaoming.page.locator('.note', { hasText: 'Alice invited Bob' }).waitFor();

  await details.getByLabel('Title').fill('Friends');
  await details.getByRole('button', { name: 'Rename' }).click();
  await bob.room('Friends').waitFor();

  await alice.manage('Bob', 'Remove');
  await bob.room('Friends').waitFor({ state: 'detached' });
  await xiaoming.page.locator('.note', { hasText: 'Alice removed Bob' }).waitFor();

  alice.page.on('dialog', (dialog) => void dialog.accept());
  await details.getByRole('button', { name: 'Leave' }).click();
  await alice.room('Friends').waitFor({ state: 'detached' });
  await xiaoming.page.locator('.note', { hasText: 'Alice left' }).waitFor();
});

it('lists the devices, and signs one of them out', async () => {
  const [here, there] = [await signIn('bob'), await signIn('bob', PHONE)];
  await here.page.getByLabel('Devices').click();
  await here.page.locator('.devices li').getByText('This device').waitFor();
  const others = here.page.locator('.devices').getByRole('button', { name: 'Sign out' });
  while ((await others.count()) > 0) {
    const last = others.nth((await others.count()) - 1);
    await others.first().click();
    await last.waitFor({ state: 'detached' });
  }
  await there.page.getByText('This device was signed out.').waitFor();
});
