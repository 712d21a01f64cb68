import { InboxTrim } from '../../src/inbox/inbox-trim.js';
import { stateFrame } from '../../src/inbox/inbox-state.js';
import { optionsFromEnvironment } from '../../src/im-options.js';
import { TemporaryStore } from '../sqlite/temporary-store.js';

const DAY = 24 * 3_600_000;

describe('What waits in inboxes', () => {
  let im: TemporaryStore;

  beforeEach(async () => {
    im = await TemporaryStore.open();
    await im.users('alice', 'bob');
  });

  afterEach(() => im.remove());

  it('goes after its days, and a device that was away for longer is told to begin anew', async () => {
    const trim = new InboxTrim(im.ingest, optionsFromEnvironment({ IM_INBOX_DAYS: '30' }));
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'old');
    im.now += 29 * DAY;
    await im.send('alice', { toUserId: 'bob' }, 'new');
    expect(await trim.trim(im.now)).toBe(0);
    im.now += 2 * DAY;
    expect(await trim.trim(im.now)).toBe(2);
    expect(await im.inbox('bob', 1)).toMatchObject([{ message_content: { text: 'new' } }]);
    const state = await im.store.inboxState('bob', 'd1');
    expect(stateFrame('0', undefined, state)).toMatchObject({ mode: 'reset', min: 2, since: state.head });
    expect(stateFrame('1', undefined, state)).toMatchObject({ mode: 'resume', since: 1 });
    // The timeline of the room keeps it.
    expect(await im.texts('bob', roomId)).toEqual(['old', 'new']);
    expect(await im.store.verify()).toEqual([]);
  });
});
