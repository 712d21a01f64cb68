// A body is JSON of the asked size: {"m":"~T<12 digits: microseconds>:<7 digits: sequence><padding>"}
const STAMP_DIGITS = 12;
const SEQUENCE_DIGITS = 7;
const MARK = 0x7e;
const MARK_END = 0x54;
const LEAST = 32;
const MODULUS = 10 ** SEQUENCE_DIGITS;

export function body(size) {
  if (size < LEAST) throw new Error(`the smallest body is ${LEAST} bytes`);
  const stamp = `~T${'0'.repeat(STAMP_DIGITS)}:${'0'.repeat(SEQUENCE_DIGITS)}`;
  return `{"m":"${stamp}${'x'.repeat(size - LEAST + 2)}"}`;
}

/** Where the mark of a body is. `guess`: where it has been before. */
export function markOf(bytes, start, guess) {
  return bytes[guess] === MARK && bytes[guess + 1] === MARK_END ? guess : bytes.indexOf(MARK, start);
}

export function stampOf(bytes, mark) {
  return number(bytes, mark + 2, STAMP_DIGITS);
}

export function sequenceOf(bytes, mark) {
  return number(bytes, mark + 3 + STAMP_DIGITS, SEQUENCE_DIGITS);
}

/** Calls `put(at, digit)` for each digit of the stamp and of the sequence number. */
export function forDigits(mark, us, sequence, put) {
  digits(mark + 2, STAMP_DIGITS, us, put);
  digits(mark + 3 + STAMP_DIGITS, SEQUENCE_DIGITS, sequence % MODULUS, put);
}

function digits(at, count, value, put) {
  for (let i = at + count - 1, rest = value; i >= at; i--) {
    const next = Math.floor(rest / 10);
    put(i, 48 + rest - next * 10);
    rest = next;
  }
}

function number(bytes, at, count) {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 10 + bytes[i] - 48;
  return value;
}
