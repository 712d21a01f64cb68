import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { HeaderList } from '../utils/header-list.js';
import type { Message, MessageCommand, MessageHeaders } from './message.js';

/** A live view of a message's headers (Spring `SimpMessageHeaderAccessor`): what is set here, those who come after see. */
export class SimpMessageHeaderAccessor {
  constructor(readonly messageHeaders: MessageHeaders) {}

  static wrap(message: Message<unknown>): SimpMessageHeaderAccessor {
    return new SimpMessageHeaderAccessor(message.headers);
  }

  get command(): MessageCommand {
    return this.messageHeaders.command;
  }

  get destination(): string | undefined {
    return this.messageHeaders.destination;
  }

  get sessionId(): string | undefined {
    return this.messageHeaders.sessionId;
  }

  get subscriptionId(): string | undefined {
    return this.messageHeaders.subscriptionId;
  }

  get sessionAttributes(): Map<string, unknown> | undefined {
    return this.messageHeaders.sessionAttributes;
  }

  get contentType(): string | undefined {
    return this.messageHeaders.contentType;
  }

  get user(): PrincipalLike | undefined {
    return this.messageHeaders.user;
  }

  /** On a CONNECT, from an interceptor, it decides whose session it is. */
  setUser(user: PrincipalLike | undefined): void {
    this.messageHeaders.user = user;
  }

  /** Of a CONNECT. */
  get login(): string | undefined {
    return this.getFirstNativeHeader('login');
  }

  /** Of a CONNECT. */
  get passcode(): string | undefined {
    return this.messageHeaders.passcode?.reveal();
  }

  getFirstNativeHeader(name: string): string | undefined {
    return this.messageHeaders.nativeHeaders.get(name);
  }

  getNativeHeader(name: string): string[] {
    return this.messageHeaders.nativeHeaders.getAll(name);
  }

  setNativeHeader(name: string, value: string): void {
    this.messageHeaders.nativeHeaders.set(name, value);
  }

  /** Adds a header to the RECEIPT of the frame, if the client asked for one. */
  addReceiptHeader(name: string, value: string): void {
    if (this.messageHeaders.receiptHeaders === null) return;
    this.messageHeaders.receiptHeaders ??= new HeaderList();
    this.messageHeaders.receiptHeaders.append(name, value);
  }
}
