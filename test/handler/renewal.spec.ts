import { Controller, Injectable, UseGuards, type CanActivate } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, ConnectedSocket } from '@nestjs/websockets';
import {
  AuditEvent,
  AuthorizationDeniedEvent,
  MessageAuthorizationManager,
  MessageMapping,
  Payload,
  Principal,
  RateLimit,
  RateLimitExceededEvent,
  SendToUser,
  SessionEvent,
  SimpUserRegistry,
  StompEventListener,
  StompSession,
  StompSessionScoped,
  StompWsAdapter,
  type StompModuleOptions,
} from '../../lib/index.js';
import { startApplication } from './support/start-application.js';

const HOUR = 3_600_000;

@StompSessionScoped()
class Cart {
  constructor(readonly session: StompSession) {}

  get roles(): readonly string[] {
    return this.session.user?.roles ?? [];
  }
}

@Injectable()
class Never implements CanActivate {
  canActivate() {
    return false;
  }
}

@Controller()
class Auth {
  constructor(private readonly cart: Cart) {}

  @MessageMapping('/auth')
  async auth(@Payload() token: { name: string; roles: string[] }, session: StompSession) {
    await Promise.resolve();
    await session.renew({ ...token, expiresAt: Date.now() + HOUR });
  }

  @MessageMapping('/me')
  @SendToUser('/queue/me')
  me(@Principal() user: Principal) {
    return { roles: user.roles, cart: this.cart.roles };
  }

  @MessageMapping('/never')
  @UseGuards(Never)
  never() {}

  @MessageMapping('/once')
  @RateLimit({ perSecond: 0.001, burst: 1 })
  once() {}
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('roles')
  roles(@ConnectedSocket() client: StompSession) {
    return client.user!.roles;
  }
}

@Injectable()
class Trail {
  readonly audited: AuditEvent[] = [];
  readonly denied: AuditEvent[] = [];
  readonly others: object[] = [];

  @StompEventListener(AuditEvent)
  all(event: AuditEvent) {
    this.audited.push(event);
  }

  @StompEventListener()
  denials(event: AuthorizationDeniedEvent) {
    this.denied.push(event);
  }

  @StompEventListener()
  sessions(event: SessionEvent) {
    this.others.push(event);
  }
}

const SECURED: StompModuleOptions = {
  security: (rules) => rules.simpSubscribeDestMatchers('/topic/admin').hasRole('ADMIN').anyMessage().permitAll(),
};

const start = (stomp: StompModuleOptions = {}) =>
  startApplication({
    stomp,
    controllers: [Auth],
    providers: [Cart, Gateway, Trail],
    configure: (app) => void app.useWebSocketAdapter(new StompWsAdapter(app)),
  });

describe('A handler that renews its session', () => {
  it('gives it new roles, which controllers, gateways, session-scoped providers and the registry see', async () => {
    const { app, connect, stop } = await start();
    const client = await connect('alice');
    for (const destination of ['/user/queue/me', '/user/queue/roles']) await client.subscribe(destination);
    await client.send('/app/me');
    expect(await client.nextBody('/user/queue/me')).toEqual({ cart: [] });
    await client.send('/app/auth', { name: 'alice', roles: ['ADMIN'] });
    await client.send('/app/me');
    expect(await client.nextBody('/user/queue/me')).toEqual({ roles: ['ADMIN'], cart: ['ADMIN'] });
    await client.send('/app/roles');
    expect(await client.nextBody('/user/queue/roles')).toEqual(['ADMIN']);
    expect(app.get(SimpUserRegistry).getUser('alice')!.principal.roles).toEqual(['ADMIN']);
    await stop();
  });

  it('is told no when the token is of another user, and its client stays who it is', async () => {
    const { connect, stop } = await start();
    const client = await connect('alice');
    const sent = client.send('/app/auth', { name: 'bob', roles: ['ADMIN'] });
    await expect(sent).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await client.subscribe('/user/queue/me');
    await client.send('/app/me');
    expect(await client.nextBody('/user/queue/me')).toEqual({ cart: [] });
    await stop();
  });

  it('takes rights away and gives them back', async () => {
    const { app, connect, stop } = await start(SECURED);
    const client = await connect('alice', { user: { name: 'alice', roles: ['ADMIN'] } });
    const id = await client.subscribe('/topic/admin');
    expect(app.get(MessageAuthorizationManager).recheck()).toBe(0);
    await client.send('/app/auth', { name: 'alice', roles: [] });
    const ended = await client.nextMessage('/user/queue/errors');
    expect(ended.headers.get('failed-subscription')).toBe(id);
    await expect(client.subscribe('/topic/admin')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await client.send('/app/auth', { name: 'alice', roles: ['ADMIN'] });
    await client.subscribe('/topic/admin');
    await stop();
  });
});

describe('A listener to audit events', () => {
  it('is told by its types of what guards, rules and limits refuse, beside those who listen to sessions', async () => {
    const { app, connect, stop } = await start(SECURED);
    const trail = app.get(Trail);
    const client = await connect('alice');
    await client.send('/app/once');
    for (const refused of [client.send('/app/never'), client.subscribe('/topic/admin'), client.send('/app/once')]) {
      await expect(refused).rejects.toThrow();
    }
    expect(trail.audited.map(({ code, command, destination }) => [code, command, destination])).toEqual([
      ['WS_EXCEPTION', 'SEND', '/app/never'],
      ['ACCESS_DENIED', 'SUBSCRIBE', '/topic/admin'],
      ['RATE_LIMIT_EXCEEDED', 'SEND', '/app/once'],
    ]);
    expect(trail.audited[2]).toBeInstanceOf(RateLimitExceededEvent);
    expect(trail.denied).toEqual(trail.audited.slice(0, 2));
    expect(trail.others.some((event) => event instanceof AuditEvent)).toBe(false);
    expect(trail.others.length).toBeGreaterThan(0);
    await stop();
  });
});
