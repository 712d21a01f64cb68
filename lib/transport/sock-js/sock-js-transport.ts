import type { SockJsTransportName } from '../../interfaces/endpoint-options.interface.js';
import { eventSource } from './transports/event-source.js';
import { htmlFile } from './transports/html-file.js';
import { xhrPolling } from './transports/xhr-polling.js';
import { xhrStreaming } from './transports/xhr-streaming.js';

/** One way of receiving over HTTP: what its responses look like. */
export interface SockJsTransport {
  readonly name: SockJsTransportName;
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

export const RECEIVING_TRANSPORTS: readonly SockJsTransport[] = [xhrPolling, xhrStreaming, eventSource, htmlFile];
