import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { ChannelInterceptor } from './messaging/channel-interceptor.js';
import type { ChannelName } from './messaging/message-channel.js';
import type { ResolvedStompOptions } from './options/stomp-options.js';
import { STOMP_MODULE_OPTIONS } from './stomp.constants.js';
import { stompLog } from './stomp.log.js';
import { StompHandlers } from './stomp.handlers.js';
import { StompRuntime } from './stomp.runtime.js';
import { within } from './utils/within.js';
import { StompServer } from './transport/stomp-server.js';

const CHANNELS: readonly ChannelName[] = ['clientInboundChannel', 'brokerChannel', 'clientOutboundChannel'];

/** Starts and stops the server with its application. */
@Injectable()
export class StompBootstrap implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  #server: StompServer | undefined;

  constructor(
    @Inject(STOMP_MODULE_OPTIONS) private readonly options: ResolvedStompOptions,
    private readonly runtime: StompRuntime,
    private readonly handlers: StompHandlers,
    private readonly moduleRef: ModuleRef,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Classes among the interceptors are the application's providers, or are made here. */
  async onModuleInit(): Promise<void> {
    for (const name of CHANNELS) {
      const given = this.options.interceptors[name] ?? [];
      this.runtime.intercept(name, await Promise.all(given.map((interceptor) => this.#instanceOf(interceptor))));
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.handlers.explore();
    await this.runtime.start();
    // Without an HTTP server (`createApplicationContext`) there is nothing to attach to.
    const server = this.adapterHost.httpAdapter?.getHttpServer?.();
    if (!server) return;
    this.#server = new StompServer({
      endpoints: this.options.endpoints,
      transport: { ...this.options.transport, rateLimitKeyLimit: this.options.rateLimitKeyLimit },
      onConnection: (connection) => void this.runtime.sessions.open(connection),
      onRefused: this.runtime.handshakeRefused,
      log: stompLog,
    });
    this.#server.attach(server);
  }

  /** While the server still listens: after it has stopped, `app.close()` would wait for our clients for ever. */
  async beforeApplicationShutdown(): Promise<void> {
    const end = performance.now() + this.options.transport.shutdownTimeout;
    this.#server?.close();
    await this.runtime.stop();
    // A handler that never ends would keep what lives as long as its session.
    await within(end - performance.now(), this.handlers.stop());
  }

  async #instanceOf(interceptor: ChannelInterceptor | Type<ChannelInterceptor>): Promise<ChannelInterceptor> {
    if (typeof interceptor !== 'function') return interceptor;
    try {
      return this.moduleRef.get(interceptor, { strict: false });
    } catch {
      return this.moduleRef.create(interceptor);
    }
  }
}
