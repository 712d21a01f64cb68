import type { IncomingHttpHeaders } from 'node:http';
import type { Message } from '../messaging/message.js';
import type { StompSession } from '../session/stomp-session.js';
import type { Variables } from '../utils/segment-pattern.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/**
 * One message as something that guards, interceptors and request-scoped providers written for HTTP understand
 * (`switchToHttp().getRequest()`, `@Inject(REQUEST)`). What they write to it, such as `request.user`, lasts for this message.
 */
export class StompRequest {
  readonly message: Message;
  readonly session: StompSession | undefined;
  /** `SEND` or `SUBSCRIBE`. */
  readonly method: string;
  /** The variables of the mapped destination. */
  readonly params: Variables;
  /** Of the HTTP request that opened the session. */
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  readonly ip: string;
  user: unknown;

  constructor(private readonly context: StompExecutionContext) {
    const { message, session } = context;
    this.message = message;
    this.session = session;
    this.method = message.headers.command;
    this.params = context.variables;
    this.headers = session?.headers ?? {};
    this.url = session?.url ?? '';
    this.query = session?.query ?? {};
    this.ip = session?.ip ?? '';
    this.user = context.user;
  }

  /** The payload, converted by its content type. */
  get body(): unknown {
    return this.context.payload;
  }
}

/** Takes what guards written for HTTP set on a response, and does nothing with it. */
export const NO_RESPONSE = Object.freeze({
  header: () => NO_RESPONSE,
  setHeader: () => NO_RESPONSE,
});
