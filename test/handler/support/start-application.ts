import type { StompTestClient, StompTestClientOptions } from '../../../lib/testing/index.js';
import { startModule, type StartOptions } from './start-module.js';

/** An application whose clients listen for their errors. */
export async function startApplication(options: StartOptions) {
  const { connect, ...application } = await startModule(options);
  return {
    ...application,
    connect: async (user?: string, more: StompTestClientOptions = {}) => {
      const client = await connect(user, more);
      await client.subscribe('/user/queue/errors');
      return client;
    },
  };
}

export type TestApplication = Awaited<ReturnType<typeof startApplication>>;

/** The next MESSAGE to a destination, as text. */
export async function nextText(client: StompTestClient, destination: string): Promise<string> {
  return (await client.nextMessage(destination)).body.toString();
}

/** What the client is told on its error destination. */
export function nextError(client: StompTestClient): Promise<{ code: string; message: string }> {
  return client.nextError();
}
