import type { StompCommand } from '../../frame/stomp-command.js';
import { acknowledge } from './acknowledge.js';
import type { ClientCommand } from './client-command.js';
import { connect } from './connect.js';
import { disconnect } from './disconnect.js';
import { send } from './send.js';
import { subscribe } from './subscribe.js';
import { abort, begin, commit } from './transaction.js';
import { unsubscribe } from './unsubscribe.js';

/** What each frame of a client does. */
export const CLIENT_COMMANDS: Partial<Record<StompCommand, ClientCommand>> = {
  CONNECT: connect,
  STOMP: connect,
  SEND: send,
  SUBSCRIBE: subscribe,
  UNSUBSCRIBE: unsubscribe,
  BEGIN: begin,
  COMMIT: commit,
  ABORT: abort,
  ACK: acknowledge,
  NACK: acknowledge,
  DISCONNECT: disconnect,
};
