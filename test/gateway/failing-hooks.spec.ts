import { Injectable, Scope } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WsException, type OnGatewayConnection } from '@nestjs/websockets';
import type { StompSession } from '../../lib/index.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { startGateways, type StartedGateways } from './support/start-gateways.js';

const FAILURES: Record<string, () => unknown> = {
  throws: () => {
    throw new Error('secret');
  },
  rejects: async () => {
    await Promise.resolve();
    throw new Error('secret');
  },
  refuses: () => {
    throw new WsException('Not you.');
  },
};

/** What the client's name says: `throws on connect`. */
function behave({ user }: StompSession, hook: string): unknown {
  const [failure, , when] = (user?.name ?? '').split(' ');
  return when === hook ? FAILURES[failure!]!() : undefined;
}

@WebSocketGateway()
class FailingGateway implements OnGatewayConnection {
  handleConnection(client: StompSession) {
    return behave(client, 'connect');
  }

  handleDisconnect(client: StompSession) {
    return behave(client, 'disconnect');
  }

  @SubscribeMessage('echo')
  echo() {
    return 'hello';
  }
}

@WebSocketGateway({ path: '/ws' })
class BystandingGateway {}

let areBroken = false;

@Injectable({ scope: Scope.REQUEST })
class Fragile {
  constructor() {
    if (areBroken) throw new Error('secret');
  }
}

@WebSocketGateway()
class RequestScopedGateway {
  constructor(readonly fragile: Fragile) {}

  @SubscribeMessage('echo')
  echo() {
    return 'hello';
  }
}

/** What would have ended the process. */
const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);

/** RxJS throws what it catches in a task of its own. */
const nextTask = () => new Promise((resolve) => setTimeout(resolve));

describe('A failure of a gateway', () => {
  let application: StartedGateways;

  beforeAll(async () => {
    application = await startGateways({ providers: [FailingGateway, BystandingGateway] });
    process.on('uncaughtException', note).on('unhandledRejection', note);
  });

  afterAll(async () => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
    await application.stop();
  });

  it.each([
    ['throws', 'STOMP_ERR_INTERNAL', 1011, 1],
    ['rejects', 'STOMP_ERR_INTERNAL', 1011, 1],
    ['refuses', 'STOMP_ERR_ACCESS_DENIED', 1002, 0],
  ])('in handleConnection that %s ends the session and nothing else: %s', async (failure, code, closeCode, lines) => {
    const bob = await application.connect('bob');
    application.log.length = 0;
    const client = StompTestClient.open(application.app, { user: { name: `${failure} on connect` } });
    client.transmit('CONNECT', { 'accept-version': '1.2', host: 'x' });
    const { headers, body } = await client.next('ERROR');
    expect(headers.get('code')).toBe(code);
    expect(body.toString()).not.toContain('secret');
    expect(await client.closed).toMatchObject({ code: closeCode });
    expect(application.log.filter((line) => line.includes('handleConnection'))).toHaveLength(lines);
    await nextTask();
    expect(uncaught).toEqual([]);
    await bob.send('/app/echo', 'still here');
  });

  it.each(['throws', 'rejects'])('in handleDisconnect that %s is logged', async (failure) => {
    const client = await application.connect(`${failure} on disconnect`);
    application.log.length = 0;
    await client.disconnect();
    await client.closed;
    await nextTask();
    expect(application.log.filter((line) => line.includes('handleDisconnect'))).toHaveLength(1);
    expect(uncaught).toEqual([]);
  });

  it('that is made for each session, and cannot be, ends the session and nothing else', async () => {
    const scoped = await startGateways({ providers: [Fragile, RequestScopedGateway] });
    try {
      areBroken = true;
      const client = StompTestClient.open(scoped.app);
      client.transmit('CONNECT', { 'accept-version': '1.2', host: 'x' });
      expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_INTERNAL');
      await nextTask();
      expect(uncaught).toEqual([]);
    } finally {
      areBroken = false;
      await scoped.stop();
    }
  });
});
