import { eventSource } from './transports/event-source.js';
import { htmlFile } from './transports/html-file.js';
import { xhrPolling } from './transports/xhr-polling.js';
import { xhrStreaming } from './transports/xhr-streaming.js';

/** One way of receiving over HTTP: what its responses look like. */
export interface SockJsTransport {
  /** The last segment of the URL. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly contentType: string;
  /** Many frames go into one response; otherwise it ends after the first. */
  readonly isStreaming: boolean;
  /**
   * What comes before all frames.
   * @throws HandshakeRefusal when the request lacks something
   */
  prelude(query: URLSearchParams): string;
  /** The frame as this transport writes it. */
  wrap(frame: string): string;
}

/** By the last segment of the URL. A Map: clients may ask for `constructor`, too. */
export const RECEIVING_TRANSPORTS: ReadonlyMap<string, SockJsTransport> = new Map(
  [xhrPolling, xhrStreaming, eventSource, htmlFile].map((transport) => [transport.name, transport]),
);
