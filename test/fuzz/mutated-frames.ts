import type { Random } from './random.js';

const FRAMES = [
  'CONNECT\naccept-version:1.0,1.1,1.2\nhost:localhost\nheart-beat:10000,10000\n\n\0',
  'SEND\ndestination:/topic/a\n\nhello\0',
  'SEND\ndestination:/topic/a\ncontent-type:application/json\ncontent-length:13\n\n{"a":"\\u0000"}\0',
  'SEND\r\ndestination:/topic/a\r\nreceipt:7\r\n\r\n\0',
  'SEND\ndestination:/topic/a\\cb\nfoo:a\\nb\\\\c\\rd\n\nx\0\n\n',
  'SEND\ncontent-length:6\n\na\0b\0\n\n\0',
  'SEND\nfoo:ä€😀\nfoo:Hello\n\nä€😀\0',
  'SUBSCRIBE\nid:0\ndestination:/topic/a\nack:client\n\n\0',
  'ACK\nid:12\ntransaction:tx1\n\n\0\n',
  'MESSAGE\nsubscription:0\nmessage-id:007\ndestination:/queue/a\n\nhello\0',
].map((text) => Buffer.from(text));

/** What parsers have stumbled over. */
const TOKENS = [
  '\0',
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  ':',
  '\\',
  '\\c',
  '\\n',
  '\\r',
  '\\t',
  'content-length:0\n',
  'content-length:-1\n',
  'content-length:999999999\n',
  'content-length:NaN\n',
  'content-length:3\n',
  '__proto__:x\n',
  'SEND\n',
  'SEND\n\n\0',
  'CONNECTED\n',
  'a:'.padEnd(60, 'b'),
  '\ufeff',
  '😀',
].map((text) => Buffer.from(text));

/** One to three frames, changed in up to six places; now and then bytes without any sense. */
export function mutatedFrames(random: Random): Buffer {
  if (random.chance(20)) return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
  let bytes: Buffer = Buffer.concat(Array.from({ length: 1 + random.below(3) }, () => random.pick(FRAMES)));
  for (let changes = random.below(7); changes > 0; changes--) bytes = mutate(bytes, random);
  return bytes;
}

function mutate(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(16));
  const before = bytes.subarray(0, at);
  switch (random.below(7)) {
    case 0: // another octet
      return Buffer.concat([before, Buffer.from([random.below(256)]), bytes.subarray(at + 1)]);
    case 1: // a bit
      return Buffer.concat([before, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]), bytes.subarray(at + 1)]);
    case 2: // something put in
      return Buffer.concat([before, random.pick(TOKENS), bytes.subarray(at)]);
    case 3: // something left out
      return Buffer.concat([before, bytes.subarray(end)]);
    case 4: // something twice
      return Buffer.concat([before, bytes.subarray(at, end), bytes.subarray(at)]);
    case 5: // something from elsewhere
      return Buffer.concat([before, random.pick(FRAMES).subarray(random.below(20))]);
    default: // the rest never comes
      return Buffer.from(before);
  }
}

/** The bytes in pieces: whole, byte by byte, or cut anywhere. */
export function randomPieces(bytes: Buffer, random: Random): Buffer[] {
  const longest = random.pick([1, 4, 40, 400]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random.below(longest);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
