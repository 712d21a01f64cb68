import { Controller } from '@nestjs/common';
import {
  MessageMapping,
  SendToUser,
  SimpMessagingTemplate,
  SimpUserRegistry,
  StompSessionRegistry,
} from '../../lib/index.js';
import { startModule, type StartedModule } from '../handler/support/start-module.js';

@Controller()
class MirrorController {
  @MessageMapping('/mirror')
  @SendToUser('/queue/mirror')
  mirror(text: string): string {
    return text;
  }
}

describe('User destinations', () => {
  let application: StartedModule;
  const template = (): SimpMessagingTemplate => application.app.get(SimpMessagingTemplate);
  const registry = (): SimpUserRegistry => application.app.get(SimpUserRegistry);

  afterEach(() => application.stop());

  it('begin with the prefix that is set, those of replies and of errors too', async () => {
    application = await startModule({
      stomp: { userDestinationPrefix: '/member/', broker: { destinationPrefixes: ['/topic', '/queue', '/user'] } },
      controllers: [MirrorController],
    });
    const client = await application.connect('alice');
    for (const destination of ['/member/queue/mirror', '/member/queue/errors', '/user/queue/mirror']) {
      await client.subscribe(destination);
    }
    await client.send('/app/mirror', 'hello', { 'content-type': 'text/plain' });
    void template().convertAndSendToUser('alice', '/queue/mirror', 'from a service');
    client.transmit('SEND', { destination: '/app/mirror' });
    const came = [await client.next('MESSAGE'), await client.next('MESSAGE'), await client.next('MESSAGE')];
    expect(came.map(({ headers, body }) => [headers.get('destination'), body.toString()])).toEqual([
      ['/member/queue/mirror', 'hello'],
      ['/member/queue/mirror', 'from a service'],
      ['/member/queue/errors', expect.stringContaining('must not be empty')],
    ]);
    // What is no user destination any more is a destination like others.
    await client.send('/user/queue/mirror', 'plain');
    expect((await client.next('MESSAGE')).headers.get('destination')).toBe('/user/queue/mirror');
  });

  describe('of users whose names are not unique', () => {
    beforeEach(async () => {
      application = await startModule({
        stomp: { authenticate: ({ login }) => ({ name: 'Alice', destinationUserName: login! }) },
        controllers: [MirrorController],
      });
    });

    const connect = async (login: string) => {
      const client = await application.connect(undefined, { headers: { 'accept-version': '1.2', login } });
      await client.subscribe('/user/queue/mirror');
      return client;
    };

    it('go by their destinationUserName', async () => {
      const [one, two] = [await connect('alice-1'), await connect('alice-2')];
      await one.send('/app/mirror', 'reply', { 'content-type': 'text/plain' });
      void template().convertAndSendToUser('alice-1', '/queue/mirror', 'from a service');
      void template().convertAndSendToUser('Alice', '/queue/mirror', 'to nobody');
      expect([await one.next('MESSAGE'), await one.next('MESSAGE')].map(({ body }) => body.toString())).toEqual([
        'reply',
        'from a service',
      ]);
      await two.send('/topic/fence');
      expect(two.take('MESSAGE')).toEqual([]);
    });

    it('are in the registry by it, while CONNECTED says the name', async () => {
      const client = await connect('alice-1');
      expect(
        registry()
          .getUsers()
          .map(({ name, principal }) => [name, principal.name]),
      ).toEqual([['alice-1', 'Alice']]);
      expect(registry().getUser('Alice')).toBeUndefined();
      await client.disconnect();
      expect(registry().getUserCount()).toBe(0);
    });

    it('are asked by it, and their requests end with them', async () => {
      const client = await connect('alice-1');
      const asked = template().request('alice-1', '/queue/mirror', 'still there?');
      await client.next('MESSAGE');
      client.drop();
      await expect(asked).rejects.toThrow('"alice-1" has gone without a reply.');
    });
  });

  it('of a session without a user go by its id, and reach it alone', async () => {
    application = await startModule({});
    const [one, two] = [await application.connect(), await application.connect()];
    for (const client of [one, two]) await client.subscribe('/user/queue/a');
    const [session] = application.app.get(StompSessionRegistry);
    void template().convertAndSendToUser(session!.id, '/queue/a', 'for one');
    expect((await one.next('MESSAGE')).body.toString()).toBe('for one');
    await two.send('/topic/fence');
    expect(two.take('MESSAGE')).toEqual([]);
    expect(registry().getUserCount()).toBe(0);
  });

  it('are in the registry as the client has written them', async () => {
    application = await startModule({});
    const tabs = [await application.connect('alice'), await application.connect('alice')];
    for (const tab of tabs) await tab.subscribe('/user/queue/a');
    const bob = await application.connect('bob');
    await bob.subscribe('/topic/**');
    const found = registry().findSubscriptions(({ destination }) => destination.startsWith('/user/'));
    expect(found.map(({ destination, session }) => [destination, session.user.name])).toEqual([
      ['/user/queue/a', 'alice'],
      ['/user/queue/a', 'alice'],
    ]);
    expect(registry().getUser('alice')!.sessions).toHaveLength(2);
    expect(registry().getUserCount()).toBe(2);
  });
});
