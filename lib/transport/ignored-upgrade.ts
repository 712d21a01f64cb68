import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

const HOP_BY_HOP = new Set(['upgrade', 'http2-settings']);

/**
 * Serves a request as if it had not asked for an upgrade (RFC 9110 “Upgrade”: a server may ignore the field).
 *
 * Java's own HTTP client asks every server for `h2c` on its first request, and Node ignores that only as long as nobody listens
 * for upgrades. So the request is put back on the socket without the field, and the server reads it again.
 *
 * @returns false for an upgrade that cannot be ignored
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
  if (request.headers.upgrade?.toLowerCase() !== 'h2c' || socket instanceof TLSSocket) return false;
  socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]));
  server.emit('connection', socket);
  return true;
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (HOP_BY_HOP.has(name)) continue;
    const value = name === 'connection' ? withoutHopByHop(rawHeaders[i + 1]!) : rawHeaders[i + 1]!;
    lines.push(`${rawHeaders[i]}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function withoutHopByHop(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !HOP_BY_HOP.has(option.toLowerCase())).join(', ');
}
