/** STOMP 1.2 “Client Frames”, and those that connect and disconnect. */
export const CLIENT_FRAMES = [
  'CONNECT',
  'STOMP',
  'SEND',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'BEGIN',
  'COMMIT',
  'ABORT',
  'ACK',
  'NACK',
  'DISCONNECT',
] as const;

/** STOMP 1.2 “Server Frames”, and the one that answers CONNECT. */
export const SERVER_FRAMES = ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'] as const;

/** The frames of STOMP 1.0, 1.1 and 1.2. */
export const STOMP_COMMANDS = [...CLIENT_FRAMES, ...SERVER_FRAMES] as const;

export type StompCommand = (typeof STOMP_COMMANDS)[number];

/** The command that a line of bytes names. One string stands for all that were read, so that it is looked up quickly everywhere. */
export function stompCommandOf(bytes: Uint8Array, start: number, end: number): StompCommand | undefined {
  for (const command of STOMP_COMMANDS) {
    if (command.length === end - start && isAt(start, bytes, command)) return command;
  }
  return undefined;
}

function isAt(start: number, bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

export const LONGEST_COMMAND = Math.max(...STOMP_COMMANDS.map((command) => command.length));

/** STOMP 1.2 “Body”: only these may have one. */
export function mayHaveBody(command: StompCommand): boolean {
  return command === 'SEND' || command === 'MESSAGE' || command === 'ERROR';
}

/** STOMP 1.2 “Value Encoding”: CONNECT and CONNECTED are never escaped, for the sake of STOMP 1.0. */
export function hasEscapedHeaders(command: StompCommand): boolean {
  return command !== 'CONNECT' && command !== 'CONNECTED' && command !== 'STOMP';
}
