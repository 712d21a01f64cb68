import { Controller, Injectable, type INestApplication } from '@nestjs/common';
import {
  MessageExceptionHandler,
  MessageMapping,
  Principal,
  SendToUser,
  SimpMessagingTemplate,
  StompModule,
  SubscribeMapping,
} from '../../lib/index.js';
import { connect, listen, shape, WIRES } from './support.js';

// Spring's portfolio sample: a page asks for its positions, trades, and is told of new positions and of prices.

class Trade {
  ticker!: string;
  shares!: number;
  action!: 'Buy' | 'Sell';
  username?: string;
}

interface PortfolioPosition {
  readonly company: string;
  readonly ticker: string;
  readonly price: number;
  readonly shares: number;
}

const POSITIONS: readonly PortfolioPosition[] = [
  { company: 'Citrus Ltd.', ticker: 'CTRS', price: 24.3, shares: 75 },
  { company: 'Dill Inc.', ticker: 'DILL', price: 13.44, shares: 50 },
];

@Injectable()
class PortfolioService {
  readonly #portfolios = new Map([['alice', new Map(POSITIONS.map((position) => [position.ticker, position]))]]);

  positions(user: string): PortfolioPosition[] {
    const portfolio = this.#portfolios.get(user);
    if (!portfolio) throw new Error(`No portfolio of ${user}`);
    return [...portfolio.values()];
  }

  /** @returns the new position; undefined when it cannot be */
  trade({ username, ticker, action, shares }: Trade): PortfolioPosition | undefined {
    const portfolio = this.#portfolios.get(username!);
    const position = portfolio?.get(ticker);
    const left = (position?.shares ?? 0) + (action === 'Buy' ? shares : -shares);
    if (!portfolio || !position || left < 0) return undefined;
    const next = { ...position, shares: left };
    portfolio.set(ticker, next);
    return next;
  }
}

@Injectable()
class TradeService {
  #results: { readonly user: string; readonly position: PortfolioPosition }[] = [];

  constructor(
    private readonly messagingTemplate: SimpMessagingTemplate,
    private readonly portfolios: PortfolioService,
  ) {}

  async execute(trade: Trade): Promise<void> {
    const position = this.portfolios.trade(trade);
    if (position) {
      this.#results.push({ user: trade.username!, position });
    } else {
      const { action, shares, ticker } = trade;
      const payload = `Rejected trade ${action} ${shares} ${ticker}`;
      await this.messagingTemplate.convertAndSendToUser(trade.username!, '/queue/errors', payload);
    }
  }

  /** In the sample a scheduler calls this. */
  async sendTradeNotifications(): Promise<void> {
    for (const { user, position } of this.#results.splice(0)) {
      const headers = { 'content-type': 'application/json' };
      await this.messagingTemplate.convertAndSendToUser(user, '/queue/position-updates', position, headers);
    }
  }
}

@Injectable()
class QuoteService {
  constructor(private readonly messagingTemplate: SimpMessagingTemplate) {}

  async sendQuotes(): Promise<void> {
    for (const { ticker, price } of POSITIONS) {
      await this.messagingTemplate.convertAndSend(`/topic/price.stock.${ticker}`, { ticker, price });
    }
  }
}

@Controller()
class PortfolioController {
  constructor(
    private readonly portfolios: PortfolioService,
    private readonly trades: TradeService,
  ) {}

  @SubscribeMapping('/positions')
  positions(user: Principal): PortfolioPosition[] {
    return this.portfolios.positions(user.name);
  }

  @MessageMapping('/trade')
  async executeTrade(trade: Trade, user: Principal): Promise<void> {
    trade.username = user.name;
    await this.trades.execute(trade);
  }

  @MessageExceptionHandler()
  @SendToUser('/queue/errors')
  failed(error: Error): string {
    return error.message;
  }
}

describe.each(WIRES)('The portfolio sample over %s', (wire) => {
  let app: INestApplication;
  const enter = (user: string) => connect(app, '/portfolio', wire, { 'x-user': user });

  beforeEach(async () => {
    const stomp = StompModule.forRoot({
      endpoints: [
        { path: '/portfolio', sockJs: true, handshake: ({ headers }) => ({ name: String(headers['x-user']) }) },
      ],
      applicationDestinationPrefixes: ['/app'],
      broker: { destinationPrefixes: ['/queue/', '/topic/'] },
    });
    app = await listen({
      imports: [stomp],
      controllers: [PortfolioController],
      providers: [PortfolioService, TradeService, QuoteService],
    });
  });

  afterEach(() => app.close());

  it('answers a subscription of the positions on that subscription, once', async () => {
    const alice = await enter('alice');
    alice.write('SUBSCRIBE\nid:0\ndestination:/app/positions\n\n\0');
    const body = JSON.stringify(POSITIONS);
    expect(shape(await alice.next('MESSAGE'))).toBe(
      'MESSAGE\ndestination:/app/positions\ncontent-type:application/json\nsubscription:0\nmessage-id:*\n' +
        `content-length:${body.length}\n\n${body}`,
    );
    await alice.settled();
    expect(alice.take('MESSAGE')).toEqual([]);
  });

  it('tells all tabs of the user, and nobody else, of the new position when the trade is through', async () => {
    const [alice, otherTab, bob] = await Promise.all([enter('alice'), enter('alice'), enter('bob')]);
    for (const client of [alice, otherTab, bob]) await client.subscribe('updates', '/user/queue/position-updates');
    await alice.receipt('SEND\ndestination:/app/trade\n\n{"action":"Buy","ticker":"DILL","shares":25}\0');
    await app.get(TradeService).sendTradeNotifications();
    const body = '{"company":"Dill Inc.","ticker":"DILL","price":13.44,"shares":75}';
    for (const client of [alice, otherTab]) {
      expect(shape(await client.next('MESSAGE'))).toBe(
        'MESSAGE\ndestination:/user/queue/position-updates\ncontent-type:application/json\nsubscription:updates\nmessage-id:*\n' +
          `content-length:${body.length}\n\n${body}`,
      );
    }
    await bob.settled();
    expect(bob.take('MESSAGE')).toEqual([]);
  });

  it('tells the user of a trade that is rejected, and of one that fails', async () => {
    const alice = await enter('alice');
    await alice.subscribe('errors', '/user/queue/errors');
    await alice.receipt('SEND\ndestination:/app/trade\n\n{"action":"Sell","ticker":"DILL","shares":51}\0');
    expect(shape(await alice.next('MESSAGE'))).toBe(
      'MESSAGE\ndestination:/user/queue/errors\ncontent-type:text/plain;charset=UTF-8\nsubscription:errors\nmessage-id:*\n' +
        'content-length:27\n\nRejected trade Sell 51 DILL',
    );
    const bob = await enter('bob');
    await bob.subscribe('errors', '/user/queue/errors');
    bob.write('SUBSCRIBE\nid:0\ndestination:/app/positions\n\n\0');
    expect(await bob.body()).toBe('No portfolio of bob');
    await alice.settled();
    expect(alice.take('MESSAGE')).toEqual([]);
  });

  it('sends prices to those who watch a stock, a pattern of stocks included', async () => {
    const [alice, bob] = await Promise.all([enter('alice'), enter('bob')]);
    await alice.subscribe('dill', '/topic/price.stock.DILL');
    await bob.subscribe('all', '/topic/price.stock.*');
    await app.get(QuoteService).sendQuotes();
    const price = '{"ticker":"DILL","price":13.44}';
    expect(shape(await alice.next('MESSAGE'))).toBe(
      'MESSAGE\ndestination:/topic/price.stock.DILL\ncontent-type:application/json\nsubscription:dill\nmessage-id:*\n' +
        `content-length:${price.length}\n\n${price}`,
    );
    expect(await bob.bodies(2)).toEqual(['{"ticker":"CTRS","price":24.3}', price]);
    await alice.settled();
    expect(alice.take('MESSAGE')).toEqual([]);
  });
});
