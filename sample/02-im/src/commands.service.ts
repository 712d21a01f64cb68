import { Inject, Injectable } from '@nestjs/common';
import { IM_OPTIONS, type ImOptions } from './im-options.js';
import {
  IngestQueue,
  type CommandInput,
  type CommandName,
  type CommandResult,
  type Hint,
} from './ports/ingest-queue.js';
import { NotifyBus } from './ports/notify-bus.js';

/** Has commands carried out, and then tells everybody whom they concern. */
@Injectable()
export class CommandsService {
  constructor(
    private readonly ingest: IngestQueue,
    private readonly bus: NotifyBus,
    @Inject(IM_OPTIONS) private readonly options: Pick<ImOptions, 'failPoint'>,
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
    if (result && 'hints' in result) this.#tell(result.hints);
    return result;
  }

  #tell(hints: readonly Hint[]): void {
    if (hints.length > 0 && this.options.failPoint === 'after-receipt') dieAfterTurn();
    else this.bus.publish(hints);
  }
}

/** The turn that follows has written the RECEIPT. */
function dieAfterTurn(): void {
  setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
}
