import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../utils/as-buffer.js';

/** What follows the first octet of a value. */
interface Format {
  /** Octets that hold a length. */
  readonly lengthOctets: number;
  /** Octets beside those that the length counts. */
  readonly octets: number;
  readonly isText?: true;
  /** The length counts values, so many for each. */
  readonly values?: number;
}

const plain = (octets: number): Format => ({ lengthOctets: 0, octets });
const octets = (lengthOctets: number, more = 0): Format => ({ lengthOctets, octets: more });
const text = (lengthOctets: number): Format => ({ lengthOctets, octets: 0, isText: true });
const values = (lengthOctets: number, each: number): Format => ({ lengthOctets, octets: 0, values: each });

/** By the first octet, from 0xc0 on. */
const FORMATS: readonly (Format | undefined)[] = [
  ...[plain(0), undefined, plain(0), plain(0)], // nil, nothing, false, true
  ...[octets(1), octets(2), octets(4)], // bin
  ...[octets(1, 1), octets(2, 1), octets(4, 1)], // ext
  ...[plain(4), plain(8)], // float
  ...[plain(1), plain(2), plain(4), plain(8)], // uint
  ...[plain(1), plain(2), plain(4), plain(8)], // int
  ...[plain(2), plain(3), plain(5), plain(9), plain(17)], // fixext
  ...[text(1), text(2), text(4)], // str
  ...[values(2, 1), values(4, 1)], // array
  ...[values(2, 2), values(4, 2)], // map
];

/**
 * Reads what MessagePack announces, and makes nothing of it. A decoder makes room for an array as soon as it knows its length, and five
 * octets can announce 4,294,967,295 values, again in each array within. So each value that is announced must be there, with an octet at
 * least.
 *
 * @param depth how deep arrays and maps may be nested
 * @throws RangeError when more is announced than there is, when it is nested more deeply, or when text is not UTF-8
 */
export function checkAnnouncedSizes(payload: Uint8Array, depth: number): void {
  new SizeCheck(asBuffer(payload), depth).run();
}

class SizeCheck {
  #position = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly depth: number,
  ) {}

  run(): void {
    // How many values are to come in each array and map that is open, and altogether. The first is the payload itself.
    const open = [1];
    let announced = 1;
    while (open.length > 0) {
      const innermost = open.length - 1;
      if (open[innermost] === 0) {
        open.pop();
        continue;
      }
      this.#require(announced);
      open[innermost]!--;
      const within = this.#passValue();
      announced += within - 1;
      if (within === 0) continue;
      if (innermost === this.depth) throw new RangeError(`Arrays and maps are nested more than ${this.depth} deep.`);
      open.push(within);
    }
  }

  /** Goes past a value, or to the values of an array or map. @returns how many these are */
  #passValue(): number {
    const first = this.bytes[this.#position++]!;
    if (first < 0x80 || first >= 0xe0) return 0; // fixint
    if (first < 0x90) return (first - 0x80) * 2; // fixmap
    if (first < 0xa0) return first - 0x90; // fixarray
    if (first < 0xc0) return this.#passText(first - 0xa0); // fixstr
    const format = FORMATS[first - 0xc0];
    if (!format) throw new RangeError(`No value begins with ${first}.`);
    const length = this.#passLength(format.lengthOctets);
    if (format.values) return length * format.values;
    return format.isText ? this.#passText(length) : this.#passOctets(length + format.octets);
  }

  #passLength(octets: number): number {
    if (octets === 0) return 0;
    this.#require(octets);
    const length = this.bytes.readUIntBE(this.#position, octets);
    this.#position += octets;
    return length;
  }

  #passText(length: number): 0 {
    this.#require(length);
    const text = this.bytes.subarray(this.#position, this.#position + length);
    if (!isUtf8(text)) throw new RangeError('Text is not UTF-8.');
    return this.#passOctets(length);
  }

  #passOctets(count: number): 0 {
    this.#require(count);
    this.#position += count;
    return 0;
  }

  #require(octets: number): void {
    if (octets > this.bytes.length - this.#position) throw new RangeError('More is announced than there is.');
  }
}
