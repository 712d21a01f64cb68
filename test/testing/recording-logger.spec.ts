import { Logger } from '@nestjs/common';
import { RecordingLogger } from '../../lib/testing/index.js';

describe('RecordingLogger', () => {
  const recording = new RecordingLogger();
  const logger = new Logger('Shop');

  beforeEach(() => {
    recording.clear();
    Logger.overrideLogger(recording);
  });

  afterAll(() => Logger.overrideLogger(false));

  it('keeps what Nest’s Logger is told, in its order', () => {
    logger.log('open');
    logger.warn('rain');
    logger.debug('a');
    logger.verbose('b');
    expect(recording.entries.map(({ level, message, context }) => [level, message, context])).toEqual([
      ['log', 'open', 'Shop'],
      ['warn', 'rain', 'Shop'],
      ['debug', 'a', 'Shop'],
      ['verbose', 'b', 'Shop'],
    ]);
    expect(recording.errors).toEqual([]);
  });

  it('tells errors from the rest, with their stacks', () => {
    const error = new Error('no tea');
    logger.log('open');
    logger.error('closed', error.stack);
    logger.error(error);
    logger.error('cold');
    logger.fatal('burnt down');
    Logger.error('nameless');
    expect(recording.errors).toEqual([
      { level: 'error', message: 'closed', context: 'Shop', stack: error.stack },
      { level: 'error', message: 'no tea', context: 'Shop', stack: error.stack },
      { level: 'error', message: 'cold', context: 'Shop', stack: undefined },
      { level: 'fatal', message: 'burnt down', context: 'Shop', stack: undefined },
      { level: 'error', message: 'nameless', context: undefined, stack: undefined },
    ]);
  });
});
