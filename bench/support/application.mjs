// The application under attack, in a process of its own: it has something of everything that clients can reach.
import 'reflect-metadata';
import v8 from 'node:v8';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  DestinationVariable,
  MessageMapping,
  Payload,
  Principal,
  SendTo,
  SimpMessagingTemplate,
  StompModule,
  StompStats,
  SubscribeMapping,
} from 'nestjs-stomp';

const { withRules, secret, timeToFirstMessage } = JSON.parse(process.argv[2]);
/** An error that a handler throws on purpose. */
const FORESEEN = 'a handler failed on purpose';
/** What the process must never have: errors in the log that nobody has foreseen. */
const faults = [];

class Handlers {
  constructor(template) {
    this.template = template;
  }

  echo(text) {
    return text;
  }

  whisper(text, user) {
    if (user?.name === secret) this.template.convertAndSendToUser(secret, '/queue/whisper', text);
  }

  one(text, user) {
    if (user) this.template.convertAndSendToUser(user.name, '/queue/one', text);
  }

  async slow() {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  fail() {
    throw new Error(FORESEEN);
  }

  async failLate() {
    await null;
    throw new Error(FORESEEN);
  }

  subscribe(id) {
    return `subscribed to ${id}`;
  }

  async *stream() {
    for (let item = 0; item < 20; item++) {
      yield item;
      await null;
    }
  }
}

decorate('echo', [MessageMapping('/echo'), SendTo('/topic/echo')], [Payload()]);
decorate('whisper', [MessageMapping('/whisper')], [Payload(), Principal()]);
decorate('one', [MessageMapping('/one')], [Payload(), Principal()]);
decorate('slow', [MessageMapping('/slow')]);
decorate('fail', [MessageMapping('/fail')]);
decorate('failLate', [MessageMapping('/fail-late')]);
decorate('subscribe', [SubscribeMapping('/subscribe/{id}')], [DestinationVariable('id')]);
decorate('stream', [SubscribeMapping('/stream')]);
Reflect.defineMetadata('design:paramtypes', [SimpMessagingTemplate], Handlers);
Controller()(Handlers);

/** What TypeScript makes of decorators. */
function decorate(method, decorators, parameters = []) {
  Reflect.defineMetadata('design:paramtypes', Array(parameters.length).fill(Object), Handlers.prototype, method);
  parameters.forEach((decorator, index) => decorator(Handlers.prototype, method, index));
  const descriptor = Object.getOwnPropertyDescriptor(Handlers.prototype, method);
  decorators.forEach((decorator) => decorator(Handlers.prototype, method, descriptor));
}

const queue = { prefix: '/queue/work', maxMessages: 200, maxBytes: 2 ** 20, maxAge: 500, maxDeliveries: 3 };

class AppModule {}
Module({
  imports: [
    StompModule.forRoot({
      endpoints: [{ path: '/ws', sockJs: { disconnectDelay: 1_000 } }],
      broker: {
        queues: [queue],
        queueLimit: 50,
        history: [{ destination: '/topic/past/*', size: 10, ttl: 1_000 }],
        selector: true,
        heartbeat: [1_000, 1_000],
      },
      transport: { closeTimeout: 1_000, timeToFirstMessage },
      authenticate: ({ login, passcode }) => {
        if (login === secret && passcode !== secret) throw new Error('not who it says it is');
        return login ? { name: login } : undefined;
      },
      ...(withRules && { security: rules }),
    }),
  ],
  controllers: [Handlers],
})(AppModule);

function rules(messages) {
  messages
    .nullDestMatcher()
    .permitAll()
    .simpDestMatchers('/app/fail/**', '/topic/closed/**')
    .denyAll()
    .simpMessageDestMatchers('/queue/past/**')
    .denyAll()
    .simpSubscribeDestMatchers('/topic/own.{name}')
    .access(({ user, variables }) => Promise.resolve(variables.name === user?.name))
    .anyMessage()
    .permitAll();
}

const logger = {
  log() {},
  debug() {},
  verbose() {},
  warn() {},
  error: (...what) => noteError(what),
  fatal: (...what) => noteError(what),
};

function noteError(what) {
  const text = what.map((part) => part?.stack ?? String(part)).join(' ');
  if (!text.includes(FORESEEN) && faults.length < 20) faults.push(`logged: ${text}`);
}

for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error) => {
    process.send({ fault: `${event}: ${error?.stack ?? error}` }, () => process.exit(70));
  });
}

const app = await NestFactory.create(AppModule, { logger, abortOnError: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
const stats = app.get(StompStats);

/** What is there once everything that nobody needs is gone. */
async function report() {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc();
  }
  const { heapUsed, rss, external } = process.memoryUsage();
  const { code_and_metadata_size: compiledCode } = v8.getHeapCodeStatistics();
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return { heapUsed, compiledCode, rss, external, resources, faults, stats: stats.snapshot() };
}

process.on('message', async (question) => {
  if (question === 'report') process.send({ report: await report() });
  else process.send({ snapshot: { faults, stats: stats.snapshot() } });
});
process.on('disconnect', () => process.exit(0));
process.send({ port: app.getHttpServer().address().port });
