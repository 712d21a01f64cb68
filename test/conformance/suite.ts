import { SocketServer } from '../utils/socket-server.js';
import type { WireKind } from '../utils/wires.js';
import { Conversation, type Check } from './conversation.js';
import { ACKNOWLEDGING } from './sections/acknowledging.js';
import { CONNECTING } from './sections/connecting.js';
import { DISCONNECTING } from './sections/disconnecting.js';
import { ERRORS } from './sections/errors.js';
import { FRAMES } from './sections/frames.js';
import { HEADERS } from './sections/headers.js';
import { HEART_BEATS } from './sections/heart-beats.js';
import { LIMITS } from './sections/limits.js';
import { MESSAGES } from './sections/messages.js';
import { RECEIPTS } from './sections/receipts.js';
import { SENDING } from './sections/sending.js';
import { SUBSCRIBING } from './sections/subscribing.js';
import { TRANSACTIONS } from './sections/transactions.js';

const SECTIONS: Record<string, readonly Check[]> = {
  Connecting: CONNECTING,
  'Heart-beating': HEART_BEATS,
  Frames: FRAMES,
  Headers: HEADERS,
  'Size limits': LIMITS,
  SEND: SENDING,
  'SUBSCRIBE and UNSUBSCRIBE': SUBSCRIBING,
  'ACK and NACK': ACKNOWLEDGING,
  'BEGIN, COMMIT and ABORT': TRANSACTIONS,
  DISCONNECT: DISCONNECTING,
  RECEIPT: RECEIPTS,
  MESSAGE: MESSAGES,
  ERROR: ERRORS,
};

/** Runs every check over one transport. */
export function runConformance(wire: WireKind): void {
  let shared: SocketServer;

  beforeAll(async () => {
    shared = await SocketServer.start();
  });

  afterAll(async () => {
    await shared.stop();
    expect(shared.errors).toEqual([]);
  });

  for (const [section, checks] of Object.entries(SECTIONS)) {
    describe(section, () => {
      const applicable = checks.filter(({ only }) => only === undefined || only === wire);
      it.each(applicable.map((check) => [check.clause, check.it, check] as const))('%s: %s', async (_, __, check) => {
        const server = check.server ? await SocketServer.start(check.server) : shared;
        const talk = new Conversation(server, wire);
        try {
          await check.run(talk);
        } finally {
          talk.end();
          if (check.server) await server.stop();
        }
      });
    });
  }
}
