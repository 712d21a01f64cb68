import type { SimpMessageHeaderAccessor } from 'nestjs-stomp';
import type { SentMessage } from '../ports/ingest-queue.js';

/** What the RECEIPT of a message says beside that it is safe. */
export function addSentReceipt(accessor: SimpMessageHeaderAccessor, sent: SentMessage): void {
  accessor.addReceiptHeader('message-id', sent.messageId);
  accessor.addReceiptHeader('room-id', sent.roomId);
  accessor.addReceiptHeader('seq', `${sent.seq}`);
  if (sent.inboxSeq !== undefined) accessor.addReceiptHeader('inbox-seq', `${sent.inboxSeq}`);
  accessor.addReceiptHeader('dup', `${sent.dup}`);
}
