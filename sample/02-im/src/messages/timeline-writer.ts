import { Injectable } from '@nestjs/common';
import type { SimpMessageHeaderAccessor, StompSession } from 'nestjs-stomp';
import { CommandsService } from '../commands.service.js';
import { InboxCursors } from '../inbox/inbox-cursors.js';
import type { CommandInput, CommandName, CommandResult, SentMessage } from '../ports/ingest-queue.js';
import { addSentReceipt, hasSentReceipt } from './sent-receipt.js';

/** The commands that write a message. */
export type WritingCommand = {
  [N in CommandName]: CommandResult<N> extends SentMessage ? N : never;
}[CommandName];

/** Where a request came from: its session, and the headers of its RECEIPT. */
export interface RequestSource {
  readonly session: StompSession;
  readonly accessor: SimpMessageHeaderAccessor;
}

/** Writes messages for sessions: what their RECEIPT tells them, their own inbox need not. */
@Injectable()
export class TimelineWriter {
  constructor(
    private readonly commands: CommandsService,
    private readonly cursors: InboxCursors,
  ) {}

  async write<N extends WritingCommand>(
    name: N,
    input: CommandInput<N>,
    { session, accessor }: RequestSource,
  ): Promise<SentMessage> {
    const isTold = hasSentReceipt(accessor);
    const answer: Promise<SentMessage> = this.commands.execute(name, input, (result) => {
      const { inboxSeq, dup } = result as SentMessage;
      if (isTold && inboxSeq !== undefined && !dup) this.cursors.skip(session.id, inboxSeq);
    });
    if (isTold) this.cursors.sending(session.id, input.clientMsgId, answer);
    const sent = await answer;
    addSentReceipt(accessor, sent);
    return sent;
  }
}
