import assert from 'node:assert/strict';
import { Inject, Injectable, Scope, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { MessageMapping, Payload, SendToUser } from 'nestjs-stomp';
import { StompTestClient } from 'nestjs-stomp/testing';
import { hostDecorator, HOSTS, type Host } from './dimensions.js';
import { nextError, nextText, withClient, type Row } from './row.js';

/** What is made when, around a class that lives longer than a message. */
export const DURABLE_ROWS: readonly Row[] = HOSTS.map((host) => ({
  name: `a durable ${host} for each tenant, its request-scoped guard for each message`,
  run: () => run(host),
}));

function run(host: Host): Promise<void> {
  let guards = 0;
  let handlers = 0;

  @Injectable({ scope: Scope.REQUEST })
  class TextGuard implements CanActivate {
    constructor() {
      guards++;
    }

    canActivate(context: ExecutionContext): boolean {
      return context.switchToWs().getData() !== 'forbidden';
    }
  }

  @hostDecorator({ host, hostLifetime: 'durable' })
  @UseGuards(TextGuard)
  class Handler {
    readonly number = ++handlers;

    // What outlives a message must know nothing of it but the tenant.
    constructor(@Inject(REQUEST) private readonly request: { tenant: string; message?: unknown }) {}

    @MessageMapping('/text')
    @SendToUser('/queue/text')
    send(@Payload() text: string): string {
      const { tenant, message = 'no message' } = this.request;
      return `${text}: handler ${this.number} of ${tenant} with ${String(message)}`;
    }
  }

  return withClient({ host, handler: Handler, hasTenants: true }, async (alice, app) => {
    const bob = await StompTestClient.connect(app, { user: { name: 'bob' } });
    for (const client of [alice, bob]) await client.subscribe('/user/queue/text');
    for (const [client, text, expected] of [
      [alice, 'one', 'one: handler 1 of alice with no message'],
      [alice, 'two', 'two: handler 1 of alice with no message'],
      [bob, 'three', 'three: handler 2 of bob with no message'],
    ] as const) {
      await client.send('/app/text', text);
      assert.equal(await nextText(client, '/user/queue/text'), expected);
    }
    alice.transmit('SEND', { destination: '/app/text' }, 'forbidden');
    assert.equal(await nextError(alice), 'Forbidden resource');
    assert.equal(guards, 4, 'guards');
  });
}
