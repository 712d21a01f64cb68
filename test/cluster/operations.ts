import type { StompRuntime } from '../../lib/stomp.runtime.js';

/** What the application of each server does when a client asks for it: SEND to `/app/call`, answered in the header `result` of the RECEIPT. */
export async function operate(
  { template, users, sessions, authorizationManager, cluster, stats }: StompRuntime,
  name: string,
  args: any[],
): Promise<unknown> {
  switch (name) {
    case 'publish':
      return template.convertAndSend(args[0], args[1]);
    case 'publishExcept':
      return template.convertAndSend(args[0], args[1], (message) => message.with({ excludedSessionId: args[2] }));
    case 'confirmed':
      return cluster.confirmed(() => template.convertAndSend(args[0], args[1]));
    case 'toUser':
      return template.convertAndSendToUser(args[0], args[1], args[2]);
    case 'request':
      return template.request(args[0], args[1], args[2], { timeout: 5_000 });
    case 'requestOfSession':
      return template.request({ id: args[0] }, args[1], args[2], { timeout: 5_000 });
    case 'users':
      return Object.fromEntries(users.getUsers().map((user) => [user.name, user.sessions.length]));
    case 'userCount':
      return [users.getUserCount(), stats.snapshot().users];
    case 'principal':
      return users.getUser(args[0])?.principal;
    case 'subscriptions':
      return users
        .findSubscriptions(({ destination }) => destination === args[0])
        .map(({ session }) => session.user.name)
        .toSorted();
    case 'closeUser':
      return sessions.closeUser(args[0]);
    case 'closeSession':
      return sessions.closeSession(args[0], 4401, 'enough');
    case 'drop':
      return sessions.dropUserSubscriptions(args[0], args[1], 'You have left.');
    case 'lock':
      locked.add(args[0]);
      return undefined;
    case 'recheck':
      return authorizationManager.recheckUser(args[0]);
    case 'pid':
      return process.pid;
    case 'servers':
      return cluster.servers.toSorted();
    case 'stats':
      return cluster.stats();
    default:
      throw new Error(`There is no ${name}.`);
  }
}

/** Destinations that nobody may subscribe to any more. */
export const locked = new Set<string>();
