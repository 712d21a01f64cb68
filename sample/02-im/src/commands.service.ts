import { Injectable } from '@nestjs/common';
import { IngestQueue, type CommandInput, type CommandName, type CommandResult } from './ports/ingest-queue.js';
import { NotifyBus } from './ports/notify-bus.js';

/** Has commands carried out, and then tells everybody whom they concern. */
@Injectable()
export class CommandsService {
  constructor(
    private readonly ingest: IngestQueue,
    private readonly bus: NotifyBus,
  ) {}

  /**
   * @param committed is called with the result before anybody else is told
   * @returns settles when it is committed
   * @throws ImError
   */
  async execute<N extends CommandName>(
    name: N,
    input: CommandInput<N>,
    committed?: (result: CommandResult<N>) => void,
  ): Promise<CommandResult<N>> {
    const result = await this.ingest.execute(name, input);
    committed?.(result);
    if (result && 'hints' in result) this.bus.publish(result.hints);
    return result;
  }
}
