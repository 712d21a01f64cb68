import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long a refused client may take to read the answer. */
const LINGER = 1_000;

/**
 * Answers an upgrade request, which has a socket but no response, and closes. What the client still sends is thrown away
 * rather than left unread: the kernel would reset the connection, and the answer would be lost with it.
 */
export function answerRaw(
  socket: Duplex,
  status: number,
  text = '',
  headers: Readonly<Record<string, string>> = {},
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (text !== '') lines.push('Content-Type: text/plain; charset=UTF-8');
  lines.push(`Content-Length: ${Buffer.byteLength(text)}`, '', text);
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), LINGER).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.end(lines.join('\r\n'));
}
