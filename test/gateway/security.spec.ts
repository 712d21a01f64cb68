import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { RateLimit } from '../../lib/index.js';
import { startGateways, type StartedGateways } from './support/start-gateways.js';

/** So slow that nothing comes in while a test runs. */
const SLOW = 0.001;

let called: string[] = [];

@WebSocketGateway()
@RateLimit({ perSecond: SLOW, burst: 2 })
class GuardedGateway {
  @SubscribeMessage('admin/stop')
  stop(): void {
    called.push('stop');
  }

  @SubscribeMessage('ping')
  ping(): void {
    called.push('ping');
  }

  @RateLimit({ by: 'user', perSecond: SLOW, burst: 1 })
  @SubscribeMessage('once')
  once(): void {
    called.push('once');
  }
}

describe('A @SubscribeMessage method', () => {
  let application: StartedGateways | undefined;

  beforeEach(() => (called = []));

  afterEach(() => application?.stop());

  it('is called for clients whom the security rules let through, and for no others', async () => {
    application = await startGateways({
      providers: [GuardedGateway],
      stomp: {
        security: (rules) =>
          rules.simpMessageDestMatchers('/app/admin/**').hasRole('ADMIN').anyMessage().authenticated(),
      },
    });
    const alice = await application.connect('alice', { user: { name: 'alice', roles: ['ADMIN'] } });
    const bob = await application.connect('bob');
    await alice.send('/app/admin/stop');
    await expect(bob.send('/app/admin/stop')).rejects.toThrow('SEND "/app/admin/stop" is not allowed.');
    await bob.send('/app/ping');
    expect(called).toEqual(['stop', 'ping']);
  });

  it('is called no faster than rateLimits allow', async () => {
    application = await startGateways({
      providers: [GuardedGateway],
      stomp: { rateLimits: [{ destination: '/app/**', frames: { perSecond: SLOW, burst: 1 } }] },
    });
    const alice = await application.connect('alice');
    await alice.send('/app/ping');
    await expect(alice.send('/app/admin/stop')).rejects.toThrow('came too fast');
    expect(called).toEqual(['ping']);
  });

  it('is called no faster than its own @RateLimit allows, or that of its class', async () => {
    application = await startGateways({ providers: [GuardedGateway] });
    const [alice, elsewhere] = [await application.connect('alice'), await application.connect('alice')];
    await alice.send('/app/once');
    await expect(elsewhere.send('/app/once')).rejects.toThrow('1 messages per second'.replace('1', String(SLOW)));
    for (const client of [alice, elsewhere]) {
      await client.send('/app/ping');
      await client.send('/app/ping');
      await expect(client.send('/app/ping')).rejects.toThrow('A message to /ping came too fast');
    }
    expect(called).toEqual(['once', 'ping', 'ping', 'ping', 'ping']);
  });
});
