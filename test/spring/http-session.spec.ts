import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Post, Query, Req, UnauthorizedException } from '@nestjs/common';
import {
  HttpSessionHandshakeInterceptor,
  MessageMapping,
  SendToUser,
  SessionAttributes,
  type HandshakeMiddleware,
} from '../../lib/index.js';
import { startServer, type StartedServer } from './support/start-server.js';

interface Session {
  user?: { login: string };
  cart?: string[];
  theme?: string;
}

type WithSession = IncomingMessage & { session: Session; sessionID: string };

/** Keeps a session for each cookie, as express-session does. */
function sessions(): HandshakeMiddleware {
  const store = new Map<string, Session>();
  return (request: WithSession, response: ServerResponse, next) => {
    const [, known] = /\bsid=([\w-]+)/.exec(request.headers.cookie ?? '') ?? [];
    request.sessionID = known !== undefined && store.has(known) ? known : randomUUID();
    request.session = store.get(request.sessionID) ?? {};
    store.set(request.sessionID, request.session);
    response.setHeader('Set-Cookie', `sid=${request.sessionID}; path=/`);
    setImmediate(next);
  };
}

@Controller()
class AccountController {
  @Post('/login')
  login(@Req() { session }: WithSession, @Query('user') login: string): void {
    Object.assign(session, { user: { login }, cart: ['tea'], theme: 'dark' } satisfies Session);
  }

  @MessageMapping('/attributes')
  @SendToUser('/queue/attributes')
  attributes(@SessionAttributes() attributes: Map<string, unknown>): [string, unknown][] {
    return [...attributes];
  }
}

describe('The HTTP session of whoever has logged in', () => {
  const sessionMiddleware = sessions();
  let server: StartedServer;

  beforeAll(async () => {
    const handshake = ({ session }: WithSession) => session.user && { name: session.user.login };
    const middleware = [sessionMiddleware];
    server = await startServer({
      stomp: {
        endpoints: [
          { path: '/all', middleware, handshake, handshakeInterceptors: [new HttpSessionHandshakeInterceptor()] },
          {
            path: '/named',
            middleware,
            handshake,
            handshakeInterceptors: [new HttpSessionHandshakeInterceptor(['cart', 'nothing'])],
          },
          { path: '/none', handshakeInterceptors: [new HttpSessionHandshakeInterceptor()] },
          { path: '/sockjs', middleware, handshake, sockJs: true },
          {
            path: '/closed',
            middleware: [
              sessionMiddleware,
              ({ session }: WithSession, _response, next) =>
                next(session.user ? undefined : new UnauthorizedException()),
            ],
          },
          {
            path: '/answered',
            middleware: [
              (_request, response: ServerResponse) => {
                response.statusCode = 401;
                response.setHeader('WWW-Authenticate', 'Basic');
                response.end('who are you?');
              },
            ],
          },
          { path: '/redirected', middleware: [(_request, response) => response.writeHead(302).end()] },
          { path: '/throwing', middleware: [() => raise('secret')] },
          { path: '/rejecting', middleware: [async () => raise('secret')] },
        ],
      },
      controllers: [AccountController],
      configure: (app) => void app.use(sessionMiddleware),
    });
  });

  afterAll(() => server.stop());

  const login = async (user: string): Promise<Record<string, string>> => {
    const answer = await fetch(`${server.url}/login?user=${user}`, { method: 'POST' });
    return { cookie: answer.headers.get('set-cookie')!.split(';')[0]! };
  };

  /** The session's attributes, as a handler sees them. */
  const attributesOf = async (path: string, headers: Record<string, string>): Promise<Record<string, unknown>> => {
    const client = await server.connect(path, '', { headers });
    await client.subscribe('1', '/user/queue/attributes');
    client.write('SEND\ndestination:/app/attributes\n\n\0');
    const attributes = JSON.parse(await client.body()) as [string, unknown][];
    client.terminate();
    return Object.fromEntries(attributes);
  };

  it('says who the STOMP session belongs to', async () => {
    const client = await server.open('/all', { headers: await login('alice') });
    expect((await client.connect()).header('user-name')).toBe('alice');
    client.terminate();
  });

  it('says nothing of a stranger', async () => {
    const client = await server.open('/all');
    expect((await client.connect()).header('user-name')).toBeUndefined();
    client.terminate();
  });

  it('is copied to the attributes of the STOMP session, with its id', async () => {
    const headers = await login('alice');
    expect(await attributesOf('/all', headers)).toEqual({
      user: { login: 'alice' },
      cart: ['tea'],
      theme: 'dark',
      'HTTP.SESSION.ID': headers.cookie!.slice('sid='.length),
    });
  });

  it('is copied by name where names are given', async () => {
    const headers = await login('alice');
    expect(await attributesOf('/named', headers)).toEqual({
      cart: ['tea'],
      'HTTP.SESSION.ID': headers.cookie!.slice('sid='.length),
    });
  });

  it('is not there without a middleware, and nothing is copied', async () => {
    expect(await attributesOf('/none', await login('alice'))).toEqual({});
  });

  it.each(['sockjs-websocket', 'sockjs-xhr-streaming'] as const)('holds for each request of %s', async (wire) => {
    const client = await server.open('/sockjs', { headers: await login('小明'), wire });
    expect((await client.connect()).header('user-name')).toBe('小明');
    await client.settled();
    client.terminate();
  });

  it.each([
    ['/closed', 401],
    ['/answered', 401],
    ['/redirected', 403],
    ['/throwing', 403],
    ['/rejecting', 403],
  ])('lets a middleware refuse a client: %s %d', async (path, status) => {
    await expect(server.open(path)).rejects.toThrow(`Unexpected server response: ${status}`);
  });

  it('lets those in whom the middleware knows', async () => {
    (await server.connect('/closed', '', { headers: await login('bob') })).terminate();
  });
});

function raise(message: string): never {
  throw new Error(message);
}
