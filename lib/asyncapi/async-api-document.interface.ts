/** A JSON Schema (draft 07), as AsyncAPI uses it. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

/** A place in the same document. */
export interface AsyncApiReference {
  $ref: string;
}

export interface AsyncApiInfo {
  title: string;
  version: string;
  description?: string;
}

/** Where clients connect. */
export interface AsyncApiServer {
  host: string;
  pathname?: string;
  protocol: string;
  title?: string;
  description?: string;
  variables?: Record<string, { default?: string; description?: string }>;
}

/** A variable of a destination. */
export interface AsyncApiParameter {
  description?: string;
}

/** A destination. */
export interface AsyncApiChannel {
  /** null: known only at run time. */
  address: string | null;
  description?: string;
  parameters?: Record<string, AsyncApiParameter>;
  messages: Record<string, AsyncApiReference>;
}

export interface AsyncApiMessageObject {
  name?: string;
  summary?: string;
  description?: string;
  contentType?: string;
  headers?: JsonSchema;
  payload?: JsonSchema;
  correlationId?: { location: string };
}

/** What the application answers the sender of one message. */
export interface AsyncApiReply {
  address?: { location: string; description?: string };
  channel: AsyncApiReference;
  messages: AsyncApiReference[];
}

/** Something that the application does: `receive` is what clients SEND or SUBSCRIBE to, `send` is what subscribers get. */
export interface AsyncApiOperation {
  action: 'send' | 'receive';
  /** What clients send to be received. */
  'x-stomp-command'?: 'SEND' | 'SUBSCRIBE';
  channel: AsyncApiReference;
  description?: string;
  messages: AsyncApiReference[];
  reply?: AsyncApiReply;
}

/** An AsyncAPI 3.0.0 document, as far as it is made here. More may be added to it, as long as it stays JSON. */
export interface AsyncApiDocument {
  asyncapi: '3.0.0';
  info: AsyncApiInfo;
  servers: Record<string, AsyncApiServer>;
  channels: Record<string, AsyncApiChannel>;
  operations: Record<string, AsyncApiOperation>;
  components: {
    messages: Record<string, AsyncApiMessageObject>;
    schemas: Record<string, JsonSchema>;
  };
}
