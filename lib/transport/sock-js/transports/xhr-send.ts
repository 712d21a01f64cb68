import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HandshakeRefusal } from '../../handshake-refusal.js';
import { readBody } from '../request-body.js';
import { answer } from '../responses.js';
import { isStrings } from '../sock-js-frame.js';
import type { SockJsSession } from '../sock-js.session.js';

/**
 * The sending half of all HTTP transports: a JSON array of messages in the body. The answer waits as long as the session does not want
 * to read, and the client sends nothing more before it has the answer.
 *
 * @throws HandshakeRefusal (as a rejection) when the body is none, or the client sends too many at a time
 */
export async function xhrSend(
  session: SockJsSession,
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
): Promise<void> {
  const done = session.beginSending();
  try {
    await session.whenReady();
    const body = await readBody(request, limit);
    if (body === undefined) {
      session.tooBig(limit);
      throw new HandshakeRefusal(413, undefined, { Connection: 'close' });
    }
    session.receive(messagesIn(body));
  } finally {
    done();
  }
  answer(response, 204, '', { 'Content-Type': 'text/plain; charset=UTF-8' });
}

function messagesIn(body: Buffer): string[] {
  if (body.length === 0) throw new HandshakeRefusal(500, 'Payload expected.');
  const messages = isUtf8(body) ? parse(body.toString()) : undefined;
  if (messages === undefined) throw new HandshakeRefusal(500, 'Broken JSON encoding.');
  if (!isStrings(messages)) throw new HandshakeRefusal(500, 'Payload expected.');
  return messages;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
