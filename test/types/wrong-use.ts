// What TypeScript must refuse: each line below a @ts-expect-error is a mistake, and the compiler says so if it is none.
import { Controller, ParseIntPipe } from '@nestjs/common';
import {
  DestinationVariable,
  Header,
  Message,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  Principal,
  SendTo,
  SendToUser,
  SessionConnectedEvent,
  SessionDisconnectEvent,
  SessionEvent,
  StompEventListener,
  StompModule,
  SubscribeMapping,
  type ChannelInterceptor,
  type MessageConverter,
  type SimpMessagingTemplate,
  type SimpUserRegistry,
} from 'nestjs-stomp';

class BusinessError extends Error {}

@Controller()
@MessageMapping('/right')
@SendTo('/topic/all')
@SendToUser()
export class RightController {
  @MessageMapping()
  @SendTo('/topic/a', '/topic/b', { echo: false })
  @SendToUser(['/queue/a', '/queue/b'], { broadcast: false })
  everything(
    @Payload({ required: false }) text: string | undefined,
    @Payload('field', ParseIntPipe) field: number,
    @DestinationVariable() first: string,
    @DestinationVariable('id', ParseIntPipe) id: number,
    @Header('x-tag', { required: false }) tags: string[] | undefined,
    @Header('x-size', ParseIntPipe) size: number,
    @Principal() user: Principal,
  ): unknown[] {
    return [text, field, first, id, tags, size, user.name];
  }

  @StompEventListener()
  anything(): void {}

  @StompEventListener(SessionConnectedEvent)
  nothing(): void {}

  @StompEventListener(SessionConnectedEvent, SessionDisconnectEvent)
  both(event: SessionEvent): string {
    return event.sessionId;
  }

  @StompEventListener(SessionDisconnectEvent)
  async gone(event: SessionDisconnectEvent): Promise<number> {
    return event.closeCode;
  }
}

export class WrongMappings {
  // @ts-expect-error a pattern is a text
  @MessageMapping(5)
  number(): void {}

  // @ts-expect-error and so is each of a list
  @SubscribeMapping(['/a', /b/])
  regExp(): void {}

  // @ts-expect-error it maps methods
  @MessageMapping('/field')
  field = 1;

  // @ts-expect-error several patterns are a list
  @MessageMapping('/a', '/b')
  several(): void {}

  // @ts-expect-error it decorates methods, not parameters
  parameter(@MessageMapping('/a') value: string): string {
    return value;
  }
}

// @ts-expect-error @SubscribeMapping has no prefix to give: @MessageMapping does
@SubscribeMapping('/prefix')
export class WrongPrefix {}

export class WrongReplies {
  // @ts-expect-error options come last
  @SendTo({ echo: false }, '/topic/a')
  order(): void {}

  // @ts-expect-error echo is true or false
  @SendTo('/topic/a', { echo: 'no' })
  echo(): void {}

  // @ts-expect-error there is no such option; broadcast is one of @SendToUser
  @SendTo('/topic/a', { broadcast: false })
  option(): void {}

  // @ts-expect-error options come last
  @SendToUser({ broadcast: false }, '/queue/a')
  userOrder(): void {}

  // @ts-expect-error there is no such option; echo is one of @SendTo
  @SendToUser('/queue/a', { echo: false })
  otherOption(): void {}
}

export class WrongArguments {
  // @ts-expect-error the option is called required
  payload(@Payload({ optional: true }) value: string): string {
    return value;
  }

  // @ts-expect-error a header has a name
  header(@Header() value: string): string {
    return value;
  }

  // @ts-expect-error a pipe transforms
  pipe(@DestinationVariable('id', BusinessError) id: string): string {
    return id;
  }
}

export class WrongListeners {
  // @ts-expect-error an exception is named by its class
  @MessageExceptionHandler('BusinessError')
  exception(): void {}

  // @ts-expect-error that is no event
  @StompEventListener(BusinessError)
  error(): void {}

  // @ts-expect-error the method takes another event than the one it is told
  @StompEventListener(SessionConnectedEvent)
  mismatch(event: SessionDisconnectEvent): number {
    return event.closeCode;
  }

  // @ts-expect-error it is told both, and takes one
  @StompEventListener(SessionConnectedEvent, SessionDisconnectEvent)
  half(event: SessionDisconnectEvent): number {
    return event.closeCode;
  }
}

export async function sending(template: SimpMessagingTemplate, registry: SimpUserRegistry): Promise<void> {
  await template.convertAndSend('/topic/a', { any: 'value' }, { 'x-number': 1, left: undefined, 'x-flag': true });
  await template.convertAndSendToUser('alice', '/queue/a', 'text', new Map([['x-kind', 'greeting']]));
  const answer = await template.request<{ accepted: boolean }>('alice', '/queue/a', {}, { timeout: 20_000 });
  void (answer.accepted satisfies boolean);
  await template.request({ id: 'session' }, '/queue/a', {});

  // @ts-expect-error a destination is a text
  await template.convertAndSend(new URL('http://localhost'), 'text');
  // @ts-expect-error a payload is missing
  await template.convertAndSend();
  // @ts-expect-error a header's value is no object
  await template.convertAndSend('/topic/a', 'text', { 'x-object': {} });
  // @ts-expect-error a post-processor returns the message
  await template.convertAndSend('/topic/a', 'text', {}, () => undefined);
  // @ts-expect-error a user is named
  await template.convertAndSendToUser({ name: 'alice' }, '/queue/a', 'text');
  // @ts-expect-error at this edge the payload is bytes
  await template.send(Message.to('/topic/a', 'text'));
  // @ts-expect-error seconds have no letters
  await template.request('alice', '/queue/a', 'text', { timeout: '20s' });
  // @ts-expect-error the reply is what was asked for
  void ((await template.request<number>('alice', '/queue/a', 'text')) satisfies string);
  // @ts-expect-error users are looked at, not changed
  registry.getUsers().push();
}

export const right = StompModule.forRoot({
  endpoints: [{ path: ['/ws', '/stomp'], sockJs: { heartbeatTime: 10_000 } }],
  authenticate: ({ login }) => ({ name: login ?? 'nobody', roles: ['guest'] }),
  broker: { kind: 'simple', queues: ['/queue', { prefix: '/topic/jobs', overflow: 'drop-oldest' }] },
});

export function wrongOptions(): void {
  // @ts-expect-error the option is called endpoints
  StompModule.forRoot({ endpoint: { path: '/ws' } });
  // @ts-expect-error a principal has a name
  StompModule.forRoot({ authenticate: () => ({ id: 1 }) });
  // @ts-expect-error there is no such broker
  StompModule.forRoot({ broker: { kind: 'magic' } });
  // @ts-expect-error heart-beats are a pair
  StompModule.forRoot({ broker: { heartbeat: [10_000] } });
  // @ts-expect-error segments are divided by "/" or "."
  StompModule.forRoot({ pathSeparator: ':' });
  // @ts-expect-error an interceptor has methods of these names
  StompModule.forRoot({ interceptors: { brokerChannel: [{ before: () => undefined }] } });
  // @ts-expect-error a feature has no endpoints
  StompModule.forFeature({ endpoints: [] });
  // @ts-expect-error options are made of something
  StompModule.forRootAsync({ useFactory: () => ({ transport: { messageSizeLimit: '64k' } }) });
}

export const interceptor: ChannelInterceptor = {
  // @ts-expect-error preSend says which message goes on, or null
  preSend: () => undefined,
};

// @ts-expect-error a converter knows both ways
export const converter: MessageConverter = {
  fromMessage: () => undefined,
};
