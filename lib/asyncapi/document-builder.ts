import type { ExceptionHandler } from '../handler/exception-handlers.js';
import type { HandlerMethod } from '../handler/handler-method.js';
import type { MethodMapping } from '../handler/message-mapping.explorer.js';
import type { ReplyPlan } from '../handler/reply-plan.js';
import type { ResolvedStompOptions } from '../options/stomp-options.js';
import { withPrefix } from '../utils/destination-pattern.js';
import { addressOf, hasWildcards, variablesOf } from './address.js';
import type {
  AsyncApiDocument,
  AsyncApiMessageObject,
  AsyncApiOperation,
  AsyncApiParameter,
  AsyncApiReply,
} from './async-api-document.interface.js';
import { Channels, type EmptyChannel } from './channels.js';
import { ComponentSchemas } from './component-schemas.js';
import { ERROR_MESSAGE } from './error-message.js';
import { MessageObjects, hasReply } from './message-objects.js';
import { put } from './put.js';

const WILDCARDS =
  'This address is a pattern: `?` stands for one character, `*` for any within a segment, `**` for any number of segments.';

/** Where a reply goes, and who gets it there. */
interface ReplyTarget {
  readonly destination: string;
  readonly audience?: string;
}

/** Makes channels and operations of the application's mappings. */
export class DocumentBuilder {
  readonly #channels = new Channels();
  readonly #schemas = new ComponentSchemas();
  readonly #objects = new MessageObjects(this.#schemas);
  readonly #operations: Record<string, AsyncApiOperation> = {};

  constructor(private readonly options: ResolvedStompOptions) {}

  build(mappings: readonly MethodMapping[]): Pick<AsyncApiDocument, 'channels' | 'operations' | 'components'> {
    for (const mapping of mappings) this.#addMapping(mapping);
    this.#addErrors();
    const { channels, messages } = this.#channels;
    return { channels, operations: this.#operations, components: { messages, schemas: this.#schemas.schemas } };
  }

  #addMapping(mapping: MethodMapping): void {
    const { method, command, reply, exceptionHandlers } = mapping.handler;
    const name = nameOf(method);
    const isAnswered = hasReply(method, reply);
    const destination = withPrefix(this.options.applicationDestinationPrefixes[0]!, mapping.pattern.source);
    const channel = this.#channelOf(destination, mapping);
    const received = this.#objects.received(method, command, isAnswered);
    const place = this.#channels.place(this.#withOtherPrefixes(channel), name, received);
    const sent = isAnswered ? this.#objects.sent(method) : undefined;
    put(this.#operations, name, {
      action: 'receive',
      ...place,
      'x-stomp-command': command,
      ...(sent && this.#reply(mapping, channel, sent)),
    });
    if (sent) this.#addReplies(mapping, `${name}.reply`, reply, sent, `Follows what ${name} has received.`);
    for (const handler of exceptionHandlers) this.#addExceptionHandler(mapping, handler);
  }

  /** What goes to the sender alone because it has asked: by subscribing, or by its header `reply-to`. */
  #reply({ handler }: MethodMapping, channel: EmptyChannel, sent: AsyncApiMessageObject): { reply?: AsyncApiReply } {
    const name = `${nameOf(handler.method)}.reply`;
    if (handler.reply.isDirect) return { reply: this.#channels.place(channel, name, sent) };
    if (handler.command === 'SUBSCRIBE') return {};
    const description = 'A user destination of the client, which its message names in the header `reply-to`.';
    return {
      reply: {
        address: { location: '$message.header#/reply-to', description: 'If the header is there.' },
        ...this.#channels.place({ address: null, description }, name, sent),
      },
    };
  }

  #addReplies(mapping: MethodMapping, name: string, plan: ReplyPlan, sent: AsyncApiMessageObject, cause: string): void {
    for (const { destination, audience } of this.#targets(plan, mapping)) {
      const place = this.#channels.place(this.#channelOf(destination, mapping), name, sent);
      const description = audience === undefined ? cause : `${cause} ${audience}`;
      put(this.#operations, name, { action: 'send', ...place, description });
    }
  }

  #addExceptionHandler(mapping: MethodMapping, { method, reply, types }: ExceptionHandler): void {
    if (!hasReply(method, reply)) return;
    const names = types.flatMap((type) => (type ? [type.name] : []));
    const cause = `Follows a frame that failed${names.length > 0 ? ` with ${names.join(' or ')}` : ''}.`;
    this.#addReplies(mapping, nameOf(method), reply, this.#objects.sent(method), cause);
  }

  /** What the server itself has to say of frames that failed. */
  #addErrors(): void {
    const address = withPrefix(this.options.userDestinationPrefix, this.options.errorDestination);
    const place = this.#channels.place({ address }, 'error', ERROR_MESSAGE);
    put(this.#operations, 'error', {
      action: 'send',
      ...place,
      description: 'Follows a frame that failed, if nothing else handles its error. Goes to the session that sent it.',
    });
  }

  #targets({ toUser, to }: ReplyPlan, { pattern }: MethodMapping): ReplyTarget[] {
    const destinations = (targets: readonly { source: string }[], prefix: string): string[] =>
      targets.length > 0 ? targets.map(({ source }) => source) : [withPrefix(prefix, pattern.source)];
    const ofUser = toUser ? destinations(toUser.targets, this.options.defaultUserDestinationPrefix) : [];
    const ofAll = to ? destinations(to.targets, this.options.defaultDestinationPrefix) : [];
    return [
      ...ofUser.map((destination) => ({
        destination: withPrefix(this.options.userDestinationPrefix, destination),
        audience: toUser!.broadcast
          ? 'Goes to all sessions of the user who sent it.'
          : 'Goes to the session that sent it.',
      })),
      ...ofAll.map((destination) => ({
        destination,
        ...(!to!.echo && { audience: 'The session that sent it is left out.' }),
      })),
    ];
  }

  #channelOf(destination: string, mapping: MethodMapping): EmptyChannel {
    const address = addressOf(destination);
    const parameters = parametersOf(address, mapping);
    return {
      address,
      ...(hasWildcards(address) && { description: WILDCARDS }),
      ...(Object.keys(parameters).length > 0 && { parameters }),
    };
  }

  #withOtherPrefixes(channel: EmptyChannel): EmptyChannel {
    const [first, ...others] = this.options.applicationDestinationPrefixes;
    if (others.length === 0) return channel;
    const description = [channel.description, `${others.join(', ')} may stand for ${first}.`].filter(Boolean).join(' ');
    return { ...channel, description };
  }
}

function nameOf({ classRef, name }: HandlerMethod): string {
  return `${classRef.name}.${name}`;
}

/** What is known of the variables of an address: from the mapped pattern, and from the parameters that take them. */
function parametersOf(address: string, { pattern, handler }: MethodMapping): Record<string, AsyncApiParameter> {
  const regexes = variablesOf(pattern.source);
  const entries = [...variablesOf(address).keys()].map((name) => {
    const type = handler.method.parameters.find(({ metadata }) => metadata.type === 'param' && metadata.data === name)
      ?.metadata.metatype;
    const regex = regexes.get(name);
    const words = [
      ...(type === Number ? ['A number.'] : []),
      ...(type === Boolean ? ['true or false.'] : []),
      ...(regex === undefined ? [] : [`Matches ${regex}.`]),
    ];
    return [name, words.length > 0 ? { description: words.join(' ') } : {}] as const;
  });
  return Object.fromEntries(entries);
}
