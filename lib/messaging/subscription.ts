import type { Message } from './message.js';

/** STOMP 1.2 “SUBSCRIBE ack Header”. */
export type AckMode = 'auto' | 'client' | 'client-individual';

/** Who gets messages in the end: a session. */
export interface MessageReceiver {
  /** The session's id. */
  readonly id: string;
  /** Whether more can be sent without piling up before a slow reader. */
  readonly isWritable: boolean;
  /** Sends the message to the client, as one for this subscription. Never throws, never waits. */
  receive(message: Message, subscription: Subscription): void;
  /** Ends the session from the server's side. */
  close(code: number, reason: string): void;
}

/** A session's wish to get what is sent to a destination. */
export interface Subscription {
  /** The client's name for it; unique within the session. */
  readonly id: string;
  /** What the client asked for, and what it sees in MESSAGE frames when it is a user destination. */
  readonly destination: string;
  readonly ackMode: AckMode;
  readonly receiver: MessageReceiver;
  /** It has ended, with its session perhaps: nothing is sent to it any more, but for the message that says so. */
  readonly isOver: boolean;
}
