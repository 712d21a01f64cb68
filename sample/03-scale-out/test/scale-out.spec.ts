import { RabbitMq } from '../../../test/broker/relay/support/rabbit-mq.js';
import { startRedis } from '../../../test/utils/daemon.js';
import { Chat, type Tab } from './chat.js';

interface Means {
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

const MEANS: [string, () => Promise<Means>][] = [
  ['node:cluster', async () => ({ env: {}, stop: async () => {} })],
  [
    'Redis',
    async () => {
      const redis = await startRedis();
      return { env: { BUS: `redis://127.0.0.1:${redis.port}` }, stop: () => redis.stop() };
    },
  ],
  [
    'RabbitMQ',
    async () => {
      const rabbit = await RabbitMq.start();
      return { env: { RELAY: `127.0.0.1:${rabbit.port}` }, stop: () => rabbit.stop() };
    },
  ],
];

/** Workers are told by their primary; others must wait. */
const SILENT = 'has not been heard of for 3000 ms';

describe.each(MEANS)('The chat on two servers with %s', (_name, startMeans) => {
  let means: Means;
  let chat: Chat;
  let bob: Tab[];
  let all: Tab[];

  const isAt = (server: string) => (tab: Tab) => tab.server === server;

  async function everybodyHears(sender: Tab, text: string): Promise<void> {
    sender.broadcast(text);
    const message = `${sender.user}: ${text}`;
    await Promise.all(all.map((tab) => tab.until(message, () => tab.broadcasts.includes(message))));
  }

  async function everybodySeesWhoIsThere(): Promise<void> {
    const names = [...new Set(all.map(({ user }) => user))].sort();
    const serversOf = (name: string) => all.flatMap(({ user, server }) => (user === name ? [server] : [])).sort();
    const list = JSON.stringify(names.map((name) => ({ name, servers: serversOf(name) })));
    await Promise.all(all.map((tab) => tab.until(list, () => JSON.stringify(tab.users) === list)));
  }

  beforeAll(async () => {
    means = await startMeans();
    chat = await Chat.start(means.env);
    const alice = await chat.openUntil('alice', isAt('north'));
    const carol = await chat.openUntil('carol', isAt('south'));
    bob = [...(await chat.openUntil('bob', isAt('north'))), ...(await chat.openUntil('bob', isAt('south')))];
    all = [...alice, ...bob, ...carol];
  }, 180_000);

  beforeEach(() => {
    for (const tab of all) tab.forget();
  });

  afterAll(async () => {
    await chat?.stop();
    await means?.stop();
  }, 60_000);

  it('shows the users of both servers at each of them', async () => {
    expect(new Set(bob.map(({ server }) => server))).toEqual(new Set(['north', 'south']));
    await everybodySeesWhoIsThere();
  });

  it('brings what one sends to everyone, once', async () => {
    const [north, south] = ['north', 'south'].map((server) => all.find(isAt(server))!) as [Tab, Tab];
    await everybodyHears(north, 'hello from the north');
    await everybodyHears(south, 'hello from the south');
    await everybodyHears(north, 'that is all');
    for (const { broadcasts } of all) {
      expect(broadcasts).toEqual([
        `${north.user}: hello from the north`,
        `${south.user}: hello from the south`,
        `${north.user}: that is all`,
      ]);
    }
  });

  it('brings what is for one user to all tabs of that user, and to nobody else', async () => {
    const [alice, carol] = ['alice', 'carol'].map((name) => all.find(({ user }) => user === name)!) as [Tab, Tab];
    alice.one('for you', 'bob');
    carol.one('for you, too', 'bob');
    bob[0]!.one('for myself');
    await Promise.all(bob.map((tab) => tab.until('three messages', () => tab.ones.length === 3)));
    await everybodyHears(alice, 'sent after it');
    await everybodyHears(carol, 'sent after it');
    await everybodyHears(bob[0]!, 'sent after it');
    for (const tab of all) {
      expect(tab.ones.sort()).toEqual(
        tab.user === 'bob' ? ['alice: for you', 'bob: for myself', 'carol: for you, too'] : [],
      );
    }
  });

  it('goes on when a server is killed: its clients come back to the other one, and it is started again', async () => {
    const victim = all.find(isAt('north'))!;
    const { pid } = victim;
    process.kill(pid, 'SIGKILL');
    await Promise.all(
      all.map((tab) => tab.until('a server that lives', () => tab.server !== undefined && tab.pid !== pid)),
    );
    await everybodyHears(bob[0]!, 'are you all here?');
    await everybodyHears(victim, 'yes');
    victim.one('only for you', 'bob');
    await Promise.all(
      bob.map((tab) => tab.until('a message', () => tab.ones.includes(`${victim.user}: only for you`))),
    );

    await chat.until('a new server', () => chat.lines.some((line) => line.startsWith('north is back')));
    all.push(...(await chat.openUntil('dave', isAt('north'))));
    await everybodyHears(all.at(-1)!, 'I am new');
    await everybodySeesWhoIsThere();
    const said = chat.lines.slice(1);
    expect(said).toHaveLength(3);
    expect(said).toEqual(
      expect.arrayContaining([
        'north has ended (SIGKILL)',
        `north is back, process ${all.at(-1)!.pid}`,
        expect.stringContaining(`The server north ${means.env.BUS ? SILENT : 'has ended'}: its users are gone.`),
      ]),
    );
  }, 60_000);

  it('ends with all its processes when it is told to, and has complained about nothing', async () => {
    await chat.stop();
    expect(chat.complaints).toEqual([]);
  });
});
