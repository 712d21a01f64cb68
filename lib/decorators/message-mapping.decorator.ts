import { CLASS_PATTERNS_METADATA } from '../stomp.constants.js';
import { addMapping, listOf, markEntryProvider, methodOf } from './mapping-metadata.js';

/**
 * Hands SEND frames to a method (Spring `@MessageMapping`). The destination is written without the application prefix: a client's
 * SEND to `/app/room/7` is for `@MessageMapping('/room/{id}')`. On a class it is a prefix for the mappings of the class.
 *
 * Patterns may have `?` (one character), `*` (any, within a segment), `**` (any segments), `{v}` and `{v:regex}` (a variable).
 * A literal destination is preferred to a pattern, a more specific pattern to a less specific one.
 *
 * @param patterns one or several; none on a method maps the class's pattern itself
 * @example
 * \@Controller()
 * \@MessageMapping('/chat')
 * export class ChatController {
 *   \@MessageMapping('/broadcast')
 *   \@SendTo('/topic/broadcast')
 *   broadcast(@Payload() message: RequestMsg) {
 *     return `server:${message.body}`;
 *   }
 * }
 */
export function MessageMapping(patterns?: string | readonly string[]): ClassDecorator & MethodDecorator {
  const list = listOf(patterns);
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key === undefined) {
      Reflect.defineMetadata(CLASS_PATTERNS_METADATA, list, target);
      markEntryProvider(target);
    } else {
      const method = methodOf('MessageMapping', { target, key, descriptor });
      addMapping(target, method, { command: 'SEND', patterns: list });
    }
  };
}
