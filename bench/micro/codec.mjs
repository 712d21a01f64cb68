import { StompDecoder } from '../../dist/frame/stomp-decoder.js';
import { encode } from '../../dist/frame/stomp-encoder.js';
import { StompFrame } from '../../dist/frame/stomp-frame.js';
import { Message, MessageHeaders } from '../../dist/messaging/message.js';
import { MessageEncoder } from '../../dist/session/message-encoder.js';
import { plainFrame } from '../../dist/transport/web-socket-frame.js';
import { HeaderList } from '../../dist/utils/header-list.js';

const LIMITS = { frame: 131_072, headerCount: 100, headerLength: 8_192 };

/** Bytes ⇄ frames. */
export function codec() {
  const small = sendFrame(32);
  const half = small.length >> 1;
  const frame = new StompFrame('MESSAGE', HeaderList.from(headersOf('MESSAGE')), Buffer.alloc(32, 'x'));
  const message = fanOutMessage();
  const encoder = new MessageEncoder();
  const subscription = { id: '0' };
  const encoded = encode(frame, '1.2');
  return [
    { part: 'decoder', name: 'SEND with 32 bytes', run: decoding([small]) },
    { part: 'decoder', name: 'the same in two pieces', run: decoding([small.subarray(0, half), small.subarray(half)]) },
    { part: 'decoder', name: 'SEND with 64 KiB', run: decoding([sendFrame(65_536)]) },
    { part: 'encoder', name: 'MESSAGE with 32 bytes', run: times(() => encode(frame, '1.2')) },
    {
      part: 'encoder',
      name: 'the WebSocket frame around it',
      run: times(() => {
        encoded.webSocketFrame = undefined;
        plainFrame(encoded);
      }),
    },
    {
      part: 'encoder',
      name: 'a message for its first subscriber',
      run: times(() => encoder.encode(message.with({}), subscription, '1.2')),
    },
    {
      part: 'encoder',
      name: 'a message for each further subscriber',
      run: times(() => encoder.encode(message, subscription, '1.2')),
    },
  ];
}

function decoding(pieces) {
  const decoder = new StompDecoder(LIMITS);
  return times(() => {
    for (const piece of pieces) {
      decoder.push(piece);
      decoder.read();
    }
  });
}

function times(operation) {
  return (count) => {
    for (let i = 0; i < count; i++) operation();
  };
}

function sendFrame(size) {
  const lines = Object.entries(headersOf('SEND', size)).map(([name, value]) => `${name}:${value}\n`);
  return Buffer.from(`SEND\n${lines.join('')}\n${'x'.repeat(size)}\0`);
}

function headersOf(command, size = 32) {
  return {
    destination: '/topic/bench',
    'content-type': 'application/json',
    ...(command === 'SEND' ? { 'content-length': String(size) } : { subscription: '0', 'message-id': '12345678-abc' }),
  };
}

function fanOutMessage() {
  const nativeHeaders = HeaderList.from({ 'content-type': 'application/json' });
  return new Message(
    Buffer.alloc(32, 'x'),
    MessageHeaders.of({ destination: '/topic/bench', messageId: '12345678-abc', nativeHeaders }),
  );
}
