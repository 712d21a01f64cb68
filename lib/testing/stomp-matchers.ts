import { inspect } from 'node:util';
import type { StompCommand } from '../frame/stomp-command.js';
import type { StompFrame } from '../frame/stomp-frame.js';
import { bodyOf } from './body-of.js';
import { showFrames, showText } from './show-frame.js';
import type { StompTestClient } from './stomp-test-client.js';

/** What a frame's headers must be: text, a number, a list where a header is repeated, `undefined` for none, or an asymmetric matcher. */
export type ExpectedHeaders = Readonly<Record<string, unknown>>;

/**
 * What `expect.extend(stompMatchers)` adds to `expect(…)`. The types of `@types/jest` and of vitest know it; those of `@jest/globals`
 * must be told, as docs/testing.md shows.
 */
export interface StompMatchers<R = unknown> {
  /**
   * That a frame has this command, at least these headers, and this body if one is given, as `toHaveFrameBody` has it.
   * @example
   * expect(frame).toBeFrame('MESSAGE', { destination: '/topic/prices' }, { amount: 42 });
   */
  toBeFrame(command: StompCommand, headers?: ExpectedHeaders, body?: unknown): R;
  /**
   * That a frame has a header, and the value if one is given.
   * @example
   * expect(receipt).toHaveFrameHeader('x-id', expect.stringMatching(/^\d+$/));
   */
  toHaveFrameHeader(name: string, value?: unknown): R;
  /**
   * That a string is the text of a frame's body, that bytes are its octets, or that anything else is what it says as JSON.
   * @example
   * expect(frame).toHaveFrameBody(expect.objectContaining({ amount: 42 }));
   */
  toHaveFrameBody(body: unknown): R;
  /**
   * That the server has handled all that a `StompTestClient` has sent, and that no frame has come which has not been given out.
   * @example
   * await expect(client).toReceiveNothing();
   */
  toReceiveNothing(): Promise<void>;
}

declare global {
  // That of @types/jest, with the same type parameters.
  namespace jest {
    interface Matchers<R, T = {}> extends StompMatchers<R> {}
  }
}

/** What jest and vitest tell a matcher. */
export interface MatcherContext {
  equals(a: unknown, b: unknown): boolean;
  readonly utils: { stringify(value: unknown): string };
}

export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** For `expect.extend()` of jest, of vitest and of whatever else has it. */
export const stompMatchers = {
  toBeFrame(
    this: MatcherContext,
    received: unknown,
    command: StompCommand,
    headers: ExpectedHeaders = {},
    body?: unknown,
  ): MatcherResult {
    const frame = frameOf(received);
    return compared(frame, 'such a frame', [
      difference(this, 'command', command, frame.command),
      ...Object.entries(headers).map(([name, value]) => headerDifference(this, frame, name, value)),
      body === undefined ? undefined : bodyDifference(this, frame, body),
    ]);
  },

  toHaveFrameHeader(this: MatcherContext, received: unknown, name: string, value?: unknown): MatcherResult {
    const frame = frameOf(received);
    const isMissing = value === undefined && !frame.headers.has(name);
    return compared(frame, `a frame with the header ${name}${value === undefined ? '' : ' and this value'}`, [
      isMissing ? `There is no header ${name}.` : undefined,
      value === undefined ? undefined : headerDifference(this, frame, name, value),
    ]);
  },

  toHaveFrameBody(this: MatcherContext, received: unknown, body: unknown): MatcherResult {
    const frame = frameOf(received);
    return compared(frame, 'a frame with this body', [bodyDifference(this, frame, body)]);
  },

  async toReceiveNothing(this: MatcherContext, received: unknown): Promise<MatcherResult> {
    const client = received as StompTestClient;
    if (typeof client?.settled !== 'function') throw new TypeError('toReceiveNothing() is for a StompTestClient.');
    await client.settled();
    const { frames } = client;
    const pass = frames.length === 0;
    const message = pass
      ? 'Expected a frame, but none has come.'
      : `Expected no frame, but there is\n\n${showFrames(frames)}`;
    return { pass, message: () => message };
  },
};

/** @param expected what the frame is if nothing differs */
function compared(frame: StompFrame, expected: string, differences: readonly (string | undefined)[]): MatcherResult {
  const found = differences.filter((difference) => difference !== undefined);
  const pass = found.length === 0;
  const reason = pass ? `Expected anything but ${expected}.` : found.join('\n');
  return { pass, message: () => `${reason}\n\nThe frame:\n\n${showFrames([frame])}` };
}

function difference({ equals, utils }: MatcherContext, what: string, expected: unknown, actual: unknown) {
  if (equals(actual, expected)) return undefined;
  const show = (value: unknown) => showText(utils.stringify(value));
  return `${what}: expected ${show(expected)}, received ${show(actual)}`;
}

function headerDifference(context: MatcherContext, { headers }: StompFrame, name: string, value: unknown) {
  const expected = typeof value === 'number' ? String(value) : value;
  const actual = Array.isArray(expected) ? headers.getAll(name) : headers.get(name);
  return difference(context, `header ${name}`, expected, actual);
}

function bodyDifference(context: MatcherContext, frame: StompFrame, expected: unknown) {
  if (typeof expected === 'string') return difference(context, 'body', expected, frame.body.toString());
  if (ArrayBuffer.isView(expected)) {
    const bytes = new Uint8Array(expected.buffer, expected.byteOffset, expected.byteLength);
    return difference(context, 'body', [...bytes], [...frame.body]);
  }
  return difference(context, 'body', expected, valueOf(frame));
}

/** What is no JSON is no reason to fail otherwise than by being something else. */
function valueOf(frame: StompFrame): unknown {
  try {
    return bodyOf(frame);
  } catch {
    return frame.body.toString();
  }
}

function frameOf(received: unknown): StompFrame {
  const frame = received as StompFrame | undefined;
  if (typeof frame?.command === 'string' && frame.headers && frame.body) return frame;
  throw new TypeError(`The value is no STOMP frame: ${inspect(received, { depth: 1 })}`);
}
