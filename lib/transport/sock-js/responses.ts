import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OriginRule } from '../origin-rule.js';

const YEAR = 31_536_000;
const PLAIN_NAMES = /^[\w\-, ]+$/;
const PRINTABLE = /^[\x21-\x7e]+$/;
const SESSION_COOKIE = /(?:^|;)\s*JSESSIONID=([\w.!:-]{1,256})\s*(?:;|$)/;

/** Ends a response whose whole body is known. */
export function answer(
  response: ServerResponse,
  status: number,
  text = '',
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const type = text === '' ? {} : { 'Content-Type': 'text/plain; charset=UTF-8' };
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': String(Buffer.byteLength(text)) };
  response.writeHead(status, { ...type, ...length, ...headers });
  response.end(text);
}

export function noCache(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store, no-cache, no-transform, must-revalidate, max-age=0');
}

export function cacheForAYear(response: ServerResponse): void {
  response.setHeader('Cache-Control', `public, max-age=${YEAR}`);
  response.setHeader('Expires', new Date(Date.now() + YEAR * 1000).toUTCString());
}

/** Tells the browser that the page may read the answer. The rule has admitted the request's origin before. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, rule: OriginRule): void {
  const { origin } = request.headers;
  response.setHeader('Vary', 'Origin');
  if (response.hasHeader('Access-Control-Allow-Origin')) return;
  if (origin !== undefined && PRINTABLE.test(origin)) {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Credentials', 'true');
  } else if (origin === undefined && rule.admitsAll) {
    response.setHeader('Access-Control-Allow-Origin', '*');
  }
  const asked = request.headers['access-control-request-headers'];
  if (asked !== undefined && PLAIN_NAMES.test(asked)) response.setHeader('Access-Control-Allow-Headers', asked);
}

/** Tells the browser, before it sends the request, that it may. */
export function allowMethods(response: ServerResponse, methods: string): void {
  response.setHeader('Access-Control-Allow-Methods', methods);
  response.setHeader('Access-Control-Max-Age', String(YEAR));
}

/** Some load balancers keep a client on one server only if there is such a cookie, and put their own mark on it. */
export function setSessionCookie(request: IncomingMessage, response: ServerResponse): void {
  const [, known] = SESSION_COOKIE.exec(request.headers.cookie ?? '') ?? [];
  response.setHeader('Set-Cookie', `JSESSIONID=${known ?? 'dummy'}; path=/`);
}
