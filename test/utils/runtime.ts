import type { StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import type { ChannelInterceptor } from '../../lib/messaging/channel-interceptor.js';
import { resolveOptions } from '../../lib/options/stomp-options.js';
import type { ChannelName } from '../../lib/messaging/message-channel.js';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import { StompTestClient, type StompTestClientOptions } from '../../lib/testing/index.js';

/** A server without Nest and without sockets: the sessions, the channels and the broker as they are. */
export function startRuntime(
  options: Omit<StompModuleOptions, 'interceptors'> = {},
  interceptors: Partial<Record<ChannelName, ChannelInterceptor[]>> = {},
) {
  const errors: unknown[] = [];
  const runtime = new StompRuntime(
    resolveOptions(options),
    { debug: () => {}, warn: () => {}, error: (message, error) => errors.push(error ?? message) },
    (error) => ({ code: 'ERROR', message: error instanceof Error ? error.message : 'failed', isUnexpected: false }),
  );
  for (const [channel, list] of Object.entries(interceptors)) runtime.intercept(channel as ChannelName, list);
  return {
    runtime,
    /** What has been logged as an error. */
    errors,
    connect: (clientOptions?: StompTestClientOptions) => StompTestClient.connect({ get: () => runtime }, clientOptions),
    open: (clientOptions?: StompTestClientOptions) => StompTestClient.open({ get: () => runtime }, clientOptions),
  };
}

export type { ChannelInterceptor };
