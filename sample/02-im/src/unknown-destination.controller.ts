import { Controller } from '@nestjs/common';
import { Message, MessageMapping } from 'nestjs-stomp';
import { ImError } from './model/error.js';

/** What nothing else answers: a RECEIPT would say that something was done. */
@Controller()
export class UnknownDestinationController {
  @MessageMapping('/**')
  refuse({ headers }: Message): never {
    throw new ImError('NOT_FOUND', `There is no destination ${headers.destination}.`);
  }
}
