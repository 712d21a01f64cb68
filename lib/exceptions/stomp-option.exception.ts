/** The programmer gave an option that cannot be; it stops the start. */
export class StompOptionException extends Error {
  override readonly name = 'StompOptionException';

  constructor(option: string, value: unknown, expected: string) {
    super(`StompModule: the option ${option} must be ${expected}, but it is ${show(value)}.`);
  }
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  // As JSON, NaN and Infinity would be null.
  if (['number', 'bigint', 'symbol'].includes(typeof value)) return String(value);
  try {
    const text = JSON.stringify(value) ?? 'undefined';
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
  } catch {
    return typeof value;
  }
}
