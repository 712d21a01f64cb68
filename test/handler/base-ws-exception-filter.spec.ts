import { Catch, Controller, UseFilters, type ArgumentsHost } from '@nestjs/common';
import { BaseWsExceptionFilter, WsException } from '@nestjs/websockets';
import { MessageMapping } from '../../lib/decorators/index.js';
import { startApplication, type TestApplication } from './support/start-application.js';

@Catch()
class LoggingFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    super.catch(exception as Error, host);
  }
}

@Controller()
@UseFilters(LoggingFilter)
class FailingController {
  @MessageMapping('/fail')
  fail(): void {
    throw new WsException('not today');
  }
}

describe("A filter that extends Nest's BaseWsExceptionFilter", () => {
  let application: TestApplication;

  beforeEach(async () => {
    application = await startApplication({ controllers: [FailingController] });
  });

  afterEach(() => application.stop());

  it('tells a client that listens for its errors', async () => {
    const client = await application.connect('alice');
    await client.send('/app/fail', 'please');
    const { headers, body } = await client.next('MESSAGE');
    expect(headers.get('destination')).toBe('/user/queue/errors');
    expect(headers.get('event')).toBe('exception');
    expect(JSON.parse(body.toString())).toMatchObject({ status: 'error', message: 'not today' });
  });
});
