import { Controller, Injectable, type INestApplication } from '@nestjs/common';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  Principal,
  SendToUser,
  SessionConnectEvent,
  SessionDisconnectEvent,
  SimpMessagingTemplate,
  StompEventListener,
  StompModule,
  StompSessionScoped,
  SubscribeMapping,
} from '../../lib/index.js';
import { connect, listen, shape, WIRES } from './support.js';

// A well-known chat of Spring's early days: who is there, messages to all and to one, and a filter that loses its patience.

class ChatMessage {
  username?: string;
  message!: string;
}

class TooMuchProfanityException extends Error {}

/** The worst word of this chat. */
const WORD = 'fiddlesticks';

/** Spring's sample has a bean in the scope of the WebSocket session. */
@StompSessionScoped()
class SessionProfanity {
  #level = 0;

  check(message: string): string {
    const words = message.split(WORD);
    this.#level += words.length - 1;
    if (this.#level > 2) throw new TooMuchProfanityException('You have been too profane.');
    return words.join('*'.repeat(WORD.length));
  }
}

@Injectable()
class Participants {
  readonly #logins = new Map<string, { username: string }>();

  constructor(private readonly messagingTemplate: SimpMessagingTemplate) {}

  get active(): readonly { username: string }[] {
    return [...this.#logins.values()];
  }

  @StompEventListener(SessionConnectEvent)
  async connected({ sessionId, user }: SessionConnectEvent): Promise<void> {
    const login = { username: user!.name };
    this.#logins.set(sessionId, login);
    await this.messagingTemplate.convertAndSend('/topic/chat.login', login);
  }

  @StompEventListener(SessionDisconnectEvent)
  async gone({ sessionId }: SessionDisconnectEvent): Promise<void> {
    const login = this.#logins.get(sessionId);
    if (!login || !this.#logins.delete(sessionId)) return;
    await this.messagingTemplate.convertAndSend('/topic/chat.logout', login);
  }
}

@Controller()
class ChatController {
  constructor(
    private readonly participants: Participants,
    private readonly profanity: SessionProfanity,
    private readonly messagingTemplate: SimpMessagingTemplate,
  ) {}

  @SubscribeMapping('/chat.participants')
  retrieveParticipants() {
    return this.participants.active;
  }

  @MessageMapping('/chat.message')
  filterMessage(@Payload() message: ChatMessage, principal: Principal): ChatMessage {
    return this.#filtered(message, principal);
  }

  @MessageMapping('/chat.private.{username}')
  async filterPrivateMessage(
    @Payload() message: ChatMessage,
    @DestinationVariable('username') username: string,
    principal: Principal,
  ): Promise<void> {
    const filtered = this.#filtered(message, principal);
    await this.messagingTemplate.convertAndSend(`/user/${username}/exchange/amq.direct/chat.message`, filtered);
  }

  @MessageExceptionHandler()
  @SendToUser('/exchange/amq.direct/errors', { broadcast: false })
  handleProfanity(error: TooMuchProfanityException): string {
    return error.message;
  }

  #filtered({ message }: ChatMessage, { name }: Principal): ChatMessage {
    return { username: name, message: this.profanity.check(message) };
  }
}

describe.each(WIRES)('The chat with presence over %s', (wire) => {
  let app: INestApplication;
  const enter = (user: string) => connect(app, '/ws', wire, { 'x-user': user });

  beforeEach(async () => {
    const stomp = StompModule.forRoot({
      endpoints: [{ path: '/ws', sockJs: true, handshake: ({ headers }) => ({ name: String(headers['x-user']) }) }],
      broker: { destinationPrefixes: ['/queue/', '/topic/', '/exchange/'] },
    });
    app = await listen({
      imports: [stomp],
      controllers: [ChatController],
      providers: [Participants, SessionProfanity],
    });
  });

  afterEach(() => app.close());

  function message(destination: string, subscription: string, body: string, type = 'application/json'): string {
    return (
      `MESSAGE\ndestination:${destination}\ncontent-type:${type}\nsubscription:${subscription}\nmessage-id:*\n` +
      `content-length:${Buffer.byteLength(body)}\n\n${body}`
    );
  }

  it('tells who comes and who goes, and who is there when one asks', async () => {
    const alice = await enter('alice');
    await alice.subscribe('logins', '/topic/chat.login');
    await alice.subscribe('logouts', '/topic/chat.logout');
    const bob = await enter('bob');
    expect(shape(await alice.next('MESSAGE'))).toBe(message('/topic/chat.login', 'logins', '{"username":"bob"}'));
    bob.write('SUBSCRIBE\nid:who\ndestination:/app/chat.participants\n\n\0');
    const there = '[{"username":"alice"},{"username":"bob"}]';
    expect(shape(await bob.next('MESSAGE'))).toBe(message('/app/chat.participants', 'who', there));
    await bob.receipt('DISCONNECT\n\n\0');
    expect(shape(await alice.next('MESSAGE'))).toBe(message('/topic/chat.logout', 'logouts', '{"username":"bob"}'));
    const carol = await enter('carol');
    carol.terminate();
    expect(await alice.bodies(2)).toEqual(['{"username":"carol"}', '{"username":"carol"}']);
  });

  it('sends what one says to all, under the name of who has said it', async () => {
    const [alice, bob] = await Promise.all([enter('alice'), enter('bob')]);
    for (const client of [alice, bob]) await client.subscribe('chat', '/topic/chat.message');
    alice.write('SEND\ndestination:/app/chat.message\n\n{"username":"bob","message":"你好"}\0');
    const expected = message('/topic/chat.message', 'chat', '{"username":"alice","message":"你好"}');
    for (const client of [alice, bob]) expect(shape(await client.next('MESSAGE'))).toBe(expected);
  });

  it('sends what one says to one to that one alone', async () => {
    const [alice, bob, eve] = await Promise.all([enter('alice'), enter('bob'), enter('eve')]);
    const destination = '/user/exchange/amq.direct/chat.message';
    for (const client of [alice, bob, eve]) await client.subscribe('private', destination);
    await alice.receipt(`SEND\ndestination:/app/chat.private.bob\n\n{"message":"${WORD}!"}\0`);
    const body = '{"username":"alice","message":"************!"}';
    expect(shape(await bob.next('MESSAGE'))).toBe(message(destination, 'private', body));
    for (const client of [alice, eve]) {
      await client.settled();
      expect(client.take('MESSAGE')).toEqual([]);
    }
  });

  it('loses its patience with a session, and tells only that one', async () => {
    const [alice, otherTab] = await Promise.all([enter('alice'), enter('alice')]);
    const errors = '/user/exchange/amq.direct/errors';
    for (const client of [alice, otherTab]) {
      await client.subscribe('errors', errors);
      await client.subscribe('chat', '/topic/chat.message');
    }
    const swear = `SEND\ndestination:/app/chat.message\n\n{"message":"${WORD}"}\0`;
    for (let i = 0; i < 2; i++) {
      await alice.receipt(swear);
      expect(await alice.body()).toContain('************');
      await otherTab.body();
    }
    alice.write(swear);
    const expected = message(errors, 'errors', 'You have been too profane.', 'text/plain;charset=UTF-8');
    expect(shape(await alice.next('MESSAGE'))).toBe(expected);
    // The other tab is a session of its own, with a patience of its own.
    await otherTab.receipt(swear);
    expect(await otherTab.body()).toBe('{"username":"alice","message":"************"}');
    await otherTab.settled();
    expect(otherTab.take('MESSAGE')).toEqual([]);
  });
});
