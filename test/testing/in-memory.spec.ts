import { Controller } from '@nestjs/common';
import { MessageMapping, Principal, SendTo, SubscribeMapping } from '../../lib/index.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { startModule, type StartedModule } from '../handler/support/start-module.js';

@Controller()
class GreetingController {
  @MessageMapping('/greet')
  @SendTo('/topic/greetings')
  greet({ name }: { name: string }): object {
    return { greeting: `Hello, ${name}!` };
  }

  @SubscribeMapping('/me')
  me(@Principal() user: Principal | undefined): string {
    return user?.name ?? 'nobody';
  }
}

describe('StompTestClient', () => {
  let application: StartedModule;

  beforeAll(async () => {
    application = await startModule({
      stomp: {
        authenticate: ({ login }) => {
          if (login === 'eve') throw new Error('no');
        },
      },
      controllers: [GreetingController],
    });
  });

  afterAll(() => application.stop());

  it('talks to an application that listens nowhere', async () => {
    const client = await StompTestClient.connect(application.app);
    await client.subscribe('/topic/greetings');
    await client.send('/app/greet', { name: '小明' });
    const { headers, body } = await client.next('MESSAGE');
    expect(headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(body.toString())).toEqual({ greeting: 'Hello, 小明!' });
    expect(application.app.getHttpServer().listening).toBe(false);
  });

  it('is who the test says', async () => {
    const client = await StompTestClient.connect(application.app, { user: { name: 'alice' } });
    await client.subscribe('/app/me');
    expect((await client.next('MESSAGE')).body.toString()).toBe('alice');
  });

  it('fails the test with what the server says', async () => {
    const client = await StompTestClient.connect(application.app);
    await expect(client.receipt('UNSUBSCRIBE', { id: 'unknown' })).rejects.toThrow('STOMP_ERR_SUBSCRIPTION');
    expect(await client.closed).toMatchObject({ code: 1002 });
    await expect(client.next('MESSAGE')).rejects.toThrow('The session was closed: 1002');
    const refused = StompTestClient.connect(application.app, { headers: { login: 'eve', 'accept-version': '1.2' } });
    await expect(refused).rejects.toThrow('STOMP_ERR_AUTHENTICATION');
  });

  it('says which frames have come where the expected one has not', async () => {
    const client = await StompTestClient.connect(application.app, { timeout: 50 });
    client.transmit('SUBSCRIBE', { id: '1', destination: '/app/me' });
    await expect(client.next('RECEIPT')).rejects.toThrow(
      /did not come within 50 ms\. Frames that came and wait:.*MESSAGE\n.*nobody/s,
    );
  });
});
