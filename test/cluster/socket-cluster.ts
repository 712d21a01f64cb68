import type { ClusterOptions } from '../../lib/interfaces/cluster-options.interface.js';
import type { StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import { HeaderList } from '../../lib/utils/header-list.js';
import { SocketServer } from '../utils/socket-server.js';
import { locked, operate } from './operations.js';

export const BEATS = { heartbeat: 200, timeout: 1_000 } as const;

/** What every server of these tests has. */
export const OPTIONS: Pick<StompModuleOptions, 'authenticate' | 'allowSendToUser' | 'security'> = {
  authenticate: ({ login }) => (login ? { name: login, roles: ['USER'], secret: 'of the application' } : undefined),
  allowSendToUser: true,
  security: (rules) =>
    rules
      .simpSubscribeDestMatchers('/topic/**')
      .access(({ message }) => !locked.has(message.headers.destination!))
      .anyMessage()
      .permitAll(),
};

/** A server in this process whose application does what its clients call for. */
export async function startServer(
  cluster: ClusterOptions,
  more: Omit<StompModuleOptions, 'interceptors'> = {},
): Promise<SocketServer> {
  const server: SocketServer = await SocketServer.start({
    ...OPTIONS,
    ...more,
    cluster: { ...BEATS, ...cluster },
    application: async (message) => {
      const { command, destination } = message.headers;
      if (command !== 'SEND' || destination !== '/app/call') return;
      const [name, ...args] = JSON.parse(Buffer.from(message.payload).toString()) as [string, ...unknown[]];
      const result = await operate(server.runtime, name, args);
      message.headers.receiptHeaders = HeaderList.from({ result: JSON.stringify(result) });
    },
  });
  server.runtime.answerRequests();
  return server;
}
