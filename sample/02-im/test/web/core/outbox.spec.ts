import { jest } from '@jest/globals';
import { Refusal, Unanswered } from '../../../web/src/core/failures.js';
import { Outbox, type OutboxItem } from '../../../web/src/core/outbox.js';
import { MemoryDevice } from '../support/node-ports.js';

type Answer = Record<string, string> | Error;

/** An outbox, and a server that answers when it is told to. */
class Setting {
  readonly device: MemoryDevice;
  readonly outbox: Outbox;
  items: readonly OutboxItem[] = [];
  readonly sent: string[] = [];
  readonly attempts: string[] = [];
  private readonly waiting: {
    item: OutboxItem;
    resolve: (value: Record<string, string>) => void;
    reject: (reason: Error) => void;
  }[] = [];

  constructor(device = new MemoryDevice()) {
    this.device = device;
    this.outbox = new Outbox(device.outbox, 'alice', {
      onChange: (items) => (this.items = items),
      onSent: ({ client_msg_id }) => this.sent.push(client_msg_id),
      send: (item) =>
        new Promise((resolve, reject) => {
          this.attempts.push(item.client_msg_id);
          this.waiting.push({ item, resolve, reject });
        }),
      upload: async (_item, onProgress) => {
        onProgress(0.5);
        return { file_id: 'f1' };
      },
    });
  }

  add(id: string, changes: Partial<OutboxItem> = {}): void {
    const body = { room_id: 'r1', message_content: { text: id } };
    const item = {
      client_msg_id: id,
      room_id: 'r1',
      created_at: Number(id.slice(1)),
      destination: '/app/im.send',
      body,
    };
    this.outbox.add({ ...item, destination: '/app/im.send', status: 'queued', ...changes });
  }

  async answer(answer: Answer = {}): Promise<void> {
    const { resolve, reject } = this.waiting.shift()!;
    if (answer instanceof Error) reject(answer);
    else resolve(answer);
    await settled();
  }

  get statuses(): string[] {
    return this.items.map(({ client_msg_id, status }) => `${client_msg_id} ${status}`);
  }
}

const settled = () => jest.advanceTimersByTimeAsync(0);
const busy = new Refusal({ code: 'BUSY', message: 'Later', retryable: true, retry_after_ms: 3_000 });
const forbidden = new Refusal({ code: 'FORBIDDEN', message: 'No', retryable: false });

let setting: Setting;

beforeEach(() => {
  jest.useFakeTimers();
  setting = new Setting();
});
afterEach(() => jest.useRealTimers());

it('keeps what is written while offline, and sends it in order, one after the other', async () => {
  setting.add('c1');
  setting.add('c2');
  expect(setting.attempts).toEqual([]);
  setting.outbox.setOnline(true);
  expect(setting.attempts).toEqual(['c1']);
  await setting.answer();
  expect(setting.attempts).toEqual(['c1', 'c2']);
  await setting.answer();
  expect(setting.sent).toEqual(['c1', 'c2']);
  expect(setting.items).toEqual([]);
  expect(setting.device.unsent).toBe(0);
});

it('sends again, under the same name, what has had no RECEIPT', async () => {
  setting.outbox.setOnline(true);
  setting.add('c1');
  setting.add('c2');
  setting.outbox.setOnline(false);
  await setting.answer(new Unanswered('gone'));
  expect(setting.statuses).toEqual(['c1 queued', 'c2 queued']);
  setting.outbox.setOnline(true);
  await setting.answer();
  await setting.answer();
  expect(setting.attempts).toEqual(['c1', 'c1', 'c2']);
});

it('waits as long as the server says, and lets nothing overtake meanwhile', async () => {
  setting.outbox.setOnline(true);
  setting.add('c1');
  setting.add('c2');
  await setting.answer(busy);
  await jest.advanceTimersByTimeAsync(2_999);
  expect(setting.attempts).toEqual(['c1']);
  await jest.advanceTimersByTimeAsync(1);
  expect(setting.attempts).toEqual(['c1', 'c1']);
});

it('keeps what was refused for good until the user decides, and goes on with the next', async () => {
  setting.outbox.setOnline(true);
  setting.add('c1');
  setting.add('c2');
  await setting.answer(forbidden);
  await setting.answer();
  expect(setting.items).toMatchObject([{ client_msg_id: 'c1', status: 'failed', error: 'No' }]);
  setting.outbox.retry('c1');
  await setting.answer();
  expect(setting.sent).toEqual(['c2', 'c1']);
});

it('does not let one room wait for another', () => {
  setting.outbox.setOnline(true);
  setting.add('c1');
  setting.add('c2', { room_id: 'r2' });
  expect(setting.attempts).toEqual(['c1', 'c2']);
});

it('uploads a file first, and sends what comes after it meanwhile', async () => {
  setting.outbox.setOnline(true);
  setting.add('c1', { file: { blob: new Blob(['x']), name: 'x.txt' } });
  setting.add('c2');
  expect(setting.attempts).toEqual(['c2']);
  await setting.answer();
  expect(setting.attempts).toEqual(['c2', 'c1']);
  expect(setting.items[0]).toMatchObject({ body: { message_content: { file_id: 'f1' } } });
});

it('sends after a reload what the page before has left, in the order in which it was written', async () => {
  setting.add('c2');
  setting.add('c1');
  const reloaded = new Setting(setting.device);
  await reloaded.outbox.load();
  reloaded.outbox.setOnline(true);
  await reloaded.answer();
  await reloaded.answer();
  expect(reloaded.sent).toEqual(['c1', 'c2']);
});

it('forgets what the user discards', async () => {
  setting.add('c1');
  setting.outbox.discard('c1');
  await settled();
  expect(setting.device.unsent).toBe(0);
});
