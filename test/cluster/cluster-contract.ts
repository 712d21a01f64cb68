import { ClusterClient, eventually } from './cluster-client.js';

/** One of several servers that act as one. Its application does what `operations.ts` says. */
export interface ClusterNode {
  readonly url: string;
  /** Says goodbye. */
  stop(): Promise<void>;
}

/** Starts so many servers; heart-beats every 200 ms, dead after 1,000. */
export type StartCluster = (count: number) => Promise<ClusterNode[]>;

const SERVERS = 3;

/** What servers do together, whatever carries their messages. */
export function describeCluster(
  name: string,
  start: StartCluster,
  /** Brokers keep the first of those that have one name. */
  { keepsRepeatedHeaders = true } = {},
): void {
  describe(`Servers over ${name}`, () => {
    let nodes: ClusterNode[];
    const clients: ClusterClient[] = [];
    let round = 0;
    /** Tests share the servers, not the names. */
    let own: (name: string) => string;

    beforeAll(async () => {
      nodes = await start(SERVERS);
      await Promise.all(
        nodes.map(async (_, index) => {
          const client = await ClusterClient.connect(nodes[index]!.url);
          await eventually(async () => expect(await client.call<string[]>('servers')).toHaveLength(SERVERS - 1));
          client.drop();
        }),
      );
    }, 60_000);

    afterAll(() => Promise.all(nodes.map((node) => node.stop())));

    beforeEach(() => {
      const prefix = `t${round++}`;
      own = (name) => `${prefix}-${name}`;
    });

    afterEach(() => clients.splice(0).forEach((client) => client.drop()));

    const connect = async (node: number, user?: string): Promise<ClusterClient> => {
      const client = await ClusterClient.connect(nodes[node]!.url, user);
      clients.push(client);
      return client;
    };
    /** One for each server. */
    const onEach = (user?: string): Promise<ClusterClient[]> =>
      Promise.all(nodes.map((_, node) => connect(node, user)));

    /** What is sent now, on each server, comes after whatever has been on its way. */
    const expectNothing = async (client: ClusterClient): Promise<void> => {
      const fence = own(`fence-${Math.random()}`);
      const id = await client.subscribe(`/topic/${fence}`);
      for (const sender of await onEach()) await sender.send(`/topic/${fence}`, 'fence');
      for (let i = 0; i < SERVERS; i++) await client.socket.next(({ headers }) => headers.get('subscription') === id);
      expect(client.socket.take('MESSAGE').map(({ body }) => body.toString())).toEqual([]);
    };
    const users = (client: ClusterClient): Promise<Record<string, number>> => client.call('users');

    it('give what is sent on one to the subscriptions of all, once and in the order of each sender', async () => {
      const destination = `/topic/${own('a')}`;
      const receivers = await onEach();
      for (const receiver of receivers) await receiver.subscribe(destination);
      const senders = await onEach();
      const numbers = Array.from({ length: 300 }, (_, index) => index);
      senders.forEach((sender, from) => {
        for (const number of numbers) sender.transmit(destination, `${from} ${number}`);
      });
      for (const receiver of receivers) {
        const bodies = await receiver.bodies(SERVERS * numbers.length);
        for (let from = 0; from < SERVERS; from++) {
          const ofSender = bodies.filter((body) => body.startsWith(`${from} `));
          expect(ofSender).toEqual(numbers.map((number) => `${from} ${number}`));
        }
      }
      for (const receiver of receivers) await expectNothing(receiver);
    });

    it('carry bytes and headers as they are, with one message-id', async () => {
      const destination = `/topic/${own('room.7')}`;
      const [one, two] = [await connect(0), await connect(1)];
      await one.subscribe(destination);
      await two.subscribe(`/topic/${own('room')}.*`);
      const body = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
      const frame = `SEND\ndestination:${destination}\ncontent-type:application/octet-stream\nx:ä\\nb\nx:two\nreceipt:r\ncontent-length:512\n\n`;
      one.socket.webSocket.send(Buffer.concat([Buffer.from(frame), body, Buffer.of(0)]));
      await one.socket.next('RECEIPT');
      const [here, there] = [await one.socket.next('MESSAGE'), await two.socket.next('MESSAGE')];
      for (const { headers, body: received } of [here, there]) {
        expect(received).toEqual(body);
        expect(headers.getAll('x')).toEqual(keepsRepeatedHeaders ? ['ä\nb', 'two'] : ['ä\nb']);
        expect(headers.get('content-type')).toBe('application/octet-stream');
        expect(headers.get('destination')).toBe(destination);
        expect(headers.has('receipt')).toBe(false);
      }
      expect(there.headers.get('message-id')).toBe(here.headers.get('message-id'));
    });

    it('miss nothing that is sent elsewhere after the RECEIPT of a SUBSCRIBE', async () => {
      const sender = await connect(0);
      for (let i = 0; i < 20; i++) {
        const receiver = await connect(1 + (i % 2));
        await receiver.subscribe(`/topic/${own(`${i}`)}`);
        sender.transmit(`/topic/${own(`${i}`)}`, `${i}`);
        expect(await receiver.bodies(1)).toEqual([`${i}`]);
      }
    });

    it('leave out whom a message is not for, on whichever server, and with no-local the sender', async () => {
      const destination = `/topic/${own('a')}`;
      const [sender, included, excluded] = await onEach();
      await included!.subscribe(destination);
      await excluded!.subscribe(destination);
      await sender!.subscribe(destination, 'no-local:true\n');
      await sender!.call('publishExcept', destination, 'x', excluded!.sessionId);
      await sender!.send(destination, 'y');
      expect(await included!.bodies(2)).toEqual(['x', 'y']);
      expect(await excluded!.bodies(1)).toEqual(['y']);
      expect(await sender!.bodies(1)).toEqual(['x']);
      await expectNothing(sender!);
    });

    it('give a message to all sessions of a user, as they know the destination, and to nobody else', async () => {
      const [alices, bobs] = [await onEach(own('alice')), await onEach(own('bob'))];
      for (const client of [...alices, ...bobs]) await client.subscribe('/user/queue/one');
      await bobs[0]!.call('toUser', own('alice'), '/queue/one', 'hi');
      for (const alice of alices) {
        const { headers, body } = await alice.socket.next('MESSAGE');
        expect([headers.get('destination'), body.toString()]).toEqual(['/user/queue/one', 'hi']);
      }
      for (const client of [...alices, ...bobs]) await expectNothing(client);
    });

    it('give a user’s own message to the session that has sent it only', async () => {
      const alices = await onEach(own('alice'));
      for (const client of alices) await client.subscribe('/user/queue/one');
      await alices[0]!.send(`/user/${own('alice')}/queue/one`, 'to myself');
      expect(await alices[0]!.bodies(1)).toEqual(['to myself']);
      for (const client of alices) await expectNothing(client);
    });

    it('reach a session without a user by its id', async () => {
      const [one, two] = await onEach();
      await one!.subscribe('/user/queue/one');
      await two!.subscribe('/user/queue/one');
      await two!.call('toUser', one!.sessionId, '/queue/one', 'hi');
      expect(await one!.bodies(1)).toEqual(['hi']);
      await expectNothing(two!);
    });

    it('ask clients of other servers, whose replies come back', async () => {
      const [alice, bob, asker] = [await connect(0, own('alice')), await connect(0, own('bob')), await connect(1)];
      await eventually(async () => expect(await users(asker)).toHaveProperty(own('alice')));
      for (const question of [
        ['request', own('alice')],
        ['requestOfSession', alice.sessionId],
      ]) {
        const id = await alice.subscribe('/user/queue/questions');
        const answer = asker.call(question[0]!, question[1], '/queue/questions', 'why?');
        const { headers } = await alice.socket.next('MESSAGE');
        // Who was not asked is not listened to.
        await bob.send(headers.get('reply-to')!, 'no');
        await alice.send(headers.get('reply-to')!, 'because');
        expect(await answer).toBe('because');
        await alice.socket.receipt(`UNSUBSCRIBE\nid:${id}\n\n\0`);
      }
    });

    it('know the users of all, count each once, and forget them when they go', async () => {
      const [observer, ...others] = await onEach();
      const [alice, again, bob] = [
        await connect(0, own('alice')),
        await connect(1, own('alice')),
        await connect(2, own('bob')),
      ];
      for (const client of [observer!, ...others]) {
        await eventually(async () => {
          const all = await users(client);
          expect([all[own('alice')], all[own('bob')]]).toEqual([2, 1]);
        });
      }
      const [before] = await observer!.call<number[]>('userCount');
      expect(before).toBe(2);
      alice.drop();
      bob.drop();
      for (const client of [observer!, ...others]) {
        await eventually(async () => {
          const all = await users(client);
          expect([all[own('alice')], all[own('bob')]]).toEqual([1, undefined]);
        });
      }
      again.drop();
      for (const client of [observer!, ...others]) {
        await eventually(async () => expect(await users(client)).toEqual({}));
      }
    });

    it('tell each other a user’s name and roles, and nothing else of the principal', async () => {
      const [observer] = [await connect(0), await connect(1, own('alice'))];
      await eventually(async () =>
        expect(await observer.call('principal', own('alice'))).toEqual({ name: own('alice'), roles: ['USER'] }),
      );
    });

    it('end the sessions of a user everywhere', async () => {
      const [alices, bob] = [await onEach(own('alice')), await connect(1, own('bob'))];
      await eventually(async () => expect((await users(bob))[own('alice')]).toBe(SERVERS));
      expect(await bob.call('closeUser', own('alice'))).toBe(SERVERS);
      for (const alice of alices) expect((await alice.socket.closed).code).toBe(4401);
      expect(await bob.call('closeUser', own('nobody'))).toBe(0);
    });

    it('end a single session wherever it is', async () => {
      const [one, two, bob] = [await connect(0, own('alice')), await connect(1, own('alice')), await connect(2)];
      await eventually(async () => expect((await users(bob))[own('alice')]).toBe(2));
      expect(await bob.call('closeSession', one.sessionId)).toBe(true);
      expect(await one.socket.closed).toEqual({ code: 4401, reason: 'enough' });
      await two.subscribe('/topic/still-there');
    });

    it('end a user’s subscriptions of a destination everywhere', async () => {
      const destination = `/topic/${own('room')}`;
      const alices = await onEach(own('alice'));
      const bob = await connect(0, own('bob'));
      for (const client of [...alices, bob]) await client.subscribe(destination);
      await bob.call('drop', own('alice'), destination);
      for (const alice of alices) {
        expect((await alice.socket.next('MESSAGE')).headers.get('error-code')).toBe('SUBSCRIPTION_ENDED');
      }
      await bob.send(destination, 'secret');
      expect(await bob.bodies(1)).toEqual(['secret']);
      for (const alice of alices) await expectNothing(alice);
    });

    it('ask the rules again about a user’s subscriptions everywhere', async () => {
      const destination = `/topic/${own('room')}`;
      const alices = await onEach(own('alice'));
      for (const alice of alices) await alice.subscribe(destination);
      for (const client of await onEach()) await client.call('lock', destination);
      await (await connect(1)).call('recheck', own('alice'));
      for (const alice of alices) {
        expect((await alice.socket.next('MESSAGE')).headers.get('error-code')).toBe('SUBSCRIPTION_ENDED');
      }
    });
  });
}
