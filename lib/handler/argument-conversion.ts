import { MessageConversionException } from '../exceptions/messaging.exception.js';
import { quote } from '../exceptions/stomp.exception.js';

/**
 * Text as the declared type of a parameter wants it; text where no simple type is declared.
 * @param what what the text is, for the error
 */
export function convertText(text: string, type: unknown, what: string): unknown {
  const mustBe = (expected: string) =>
    new MessageConversionException(`${what} must be ${expected}, but it is ${quote(text)}.`);
  if (type === Number) {
    const value = text.trim() === '' ? NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw mustBe('a number');
  }
  if (type === BigInt) {
    if (/^[+-]?\d+$/.test(text.trim())) return BigInt(text);
    throw mustBe('a whole number');
  }
  if (type === Boolean) {
    if (text === 'true') return true;
    if (text === 'false') return false;
    throw mustBe('true or false');
  }
  return text;
}
