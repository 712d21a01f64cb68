import { Controller, type INestApplication } from '@nestjs/common';
import { MessageMapping, SendTo, StompModule } from '../../lib/index.js';
import { connect, listen, shape, WIRES } from './support.js';

// Spring's guide "Using WebSocket to build an interactive web application".

class HelloMessage {
  name!: string;
}

class Greeting {
  constructor(readonly content: string) {}
}

const ESCAPES: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&#39;' };

@Controller()
class GreetingController {
  @MessageMapping('/hello')
  @SendTo('/topic/greetings')
  greeting(message: HelloMessage): Greeting {
    const name = message.name.replace(/[<>&"']/g, (character) => ESCAPES[character]!);
    return new Greeting(`Hello, ${name}!`);
  }
}

describe.each(WIRES)('The greeting guide over %s', (wire) => {
  let app: INestApplication;

  beforeAll(async () => {
    const stomp = StompModule.forRoot({
      endpoints: [{ path: '/gs-guide-websocket', sockJs: true }],
      applicationDestinationPrefixes: ['/app'],
      broker: { destinationPrefixes: ['/topic'] },
    });
    app = await listen({ imports: [stomp], controllers: [GreetingController] });
  });

  afterAll(() => app.close());

  it('greets everybody who has subscribed, with the frames that Spring sends', async () => {
    const spring = await connect(app, '/gs-guide-websocket', wire);
    const onlooker = await connect(app, '/gs-guide-websocket', wire);
    await spring.subscribe('sub-0', '/topic/greetings');
    await onlooker.subscribe('other', '/topic/greetings');
    const body = '{"name":"Spring"}';
    spring.write(
      `SEND\ndestination:/app/hello\ncontent-type:application/json\ncontent-length:${body.length}\n\n${body}\0`,
    );
    const greeting = (subscription: string): string =>
      'MESSAGE\ndestination:/topic/greetings\ncontent-type:application/json\n' +
      `subscription:${subscription}\nmessage-id:*\ncontent-length:28\n\n{"content":"Hello, Spring!"}`;
    expect(shape(await spring.next('MESSAGE'))).toBe(greeting('sub-0'));
    expect(shape(await onlooker.next('MESSAGE'))).toBe(greeting('other'));
    await spring.receipt('DISCONNECT\n\n\0');
  });

  it('escapes what would be HTML in the page', async () => {
    const client = await connect(app, '/gs-guide-websocket', wire);
    await client.subscribe('sub-0', '/topic/greetings');
    client.write('SEND\ndestination:/app/hello\n\n{"name":"<b>小明</b>"}\0');
    expect(JSON.parse(await client.body())).toEqual({ content: 'Hello, &lt;b&gt;小明&lt;/b&gt;!' });
    await client.receipt('DISCONNECT\n\n\0');
  });
});
