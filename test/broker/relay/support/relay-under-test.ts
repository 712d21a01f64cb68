import type { SimpleBrokerOptions } from '../../../../lib/interfaces/broker-options.interface.js';
import type { BrokerRelayOptions } from '../../../../lib/interfaces/broker-relay-options.interface.js';
import type { StompModuleOptions } from '../../../../lib/interfaces/stomp-module-options.interface.js';
import { startRuntime } from '../../../utils/runtime.js';
import type { BrokerUnderTest } from '../../broker-contract.js';
import { StompTcpClient } from './stomp-tcp-client.js';

/** Ten senders with ten subscribers of their own connections are 100,000 MESSAGEs for the broker. In milliseconds. */
const PATIENCE = 60_000;

/** Starts a relay that behaves as options of the broker in memory say, as far as it can. Stopped, it leaves nothing in the queues. */
export async function startRelay(
  port: number,
  connections: BrokerRelayOptions['connections'],
  { queues = [], ...options }: SimpleBrokerOptions,
  more: Pick<StompModuleOptions, 'allowSendToUser'>,
): Promise<BrokerUnderTest> {
  const used = new Set<string>();
  const queuePrefixes = queues.map((queue) => (typeof queue === 'string' ? queue : queue.prefix));
  const isQueue = (destination: string): boolean => queuePrefixes.some((prefix) => destination.startsWith(prefix));
  const server = startRuntime(
    {
      broker: { ...(options as object), kind: 'relay', port, connections, queuePrefixes, receiptTimeout: PATIENCE },
      ...more,
    },
    {
      clientInboundChannel: [
        {
          preSend(message) {
            const { command, destination } = message.headers;
            if (command === 'SEND' && destination?.startsWith('/queue') && isQueue(destination)) used.add(destination);
            return message;
          },
        },
      ],
    },
  );
  await server.runtime.start();
  return {
    connect: (clientOptions) => server.connect({ timeout: PATIENCE, ...clientOptions }),
    stop: async () => {
      await server.runtime.stop();
      if (used.size === 0) return;
      const client = await StompTcpClient.connect(port);
      for (const queue of used) await client.drain(queue);
      client.close();
    },
  };
}
