import assert from 'node:assert/strict';
import { Inject, type PipeTransform, type Type } from '@nestjs/common';
import { DestinationVariable, MessageMapping, Payload, SubscribeMapping } from 'nestjs-stomp';
import { HOST_KINDS, hostDecorator, injectable, LIFETIMES, Mark, type HostKind, type Lifetime } from './dimensions.js';
import { nextText, withClient, type Row } from './row.js';

/** Pipe classes that the decorator of a parameter names. */
export const PARAMETER_PIPE_ROWS: readonly Row[] = HOST_KINDS.flatMap((hostKind) =>
  LIFETIMES.map((lifetime) => ({
    name: `a ${lifetime} pipe by parameter on a ${hostKind.hostLifetime} ${hostKind.host}`,
    run: () => run(hostKind, lifetime),
  })),
);

function run(hostKind: HostKind, lifetime: Lifetime): Promise<void> {
  const pipe = pipeClass(lifetime);

  @hostDecorator(hostKind)
  class Handler {
    @MessageMapping('/text')
    send(@Payload(pipe) text: string): string {
      return text;
    }

    @SubscribeMapping('/text/{text}')
    subscribe(@DestinationVariable('text', pipe) text: string): string {
      return text;
    }
  }

  const hasTenants = lifetime === 'durable' || hostKind.hostLifetime === 'durable';
  return withClient({ host: hostKind.host, handler: Handler, hasTenants }, async (client) => {
    await client.subscribe('/topic/text');
    for (let i = 0; i < 2; i++) {
      await client.send('/app/text', 'text');
      assert.equal(await nextText(client, '/topic/text'), 'text pipe marked');
      await client.subscribe('/app/text/text');
      assert.equal(await nextText(client, '/app/text/text'), 'text pipe marked');
    }
  });
}

function pipeClass(lifetime: Lifetime): Type<PipeTransform> {
  @injectable(lifetime)
  class MarkingPipe implements PipeTransform {
    constructor(@Inject(Mark) private readonly mark: Mark) {}

    transform(value: unknown): string {
      return `${String(value)} pipe ${this.mark.text}`;
    }
  }
  return MarkingPipe;
}
