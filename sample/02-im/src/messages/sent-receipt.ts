import type { SimpMessageHeaderAccessor } from 'nestjs-stomp';
import type { SentMessage } from '../ports/ingest-queue.js';

/** Whether the client will have a RECEIPT that says where its message is: that of a frame in a transaction came before its handling. */
export function hasSentReceipt(accessor: SimpMessageHeaderAccessor): boolean {
  const isAsked = accessor.getFirstNativeHeader('receipt') !== undefined;
  return isAsked && accessor.getFirstNativeHeader('transaction') === undefined;
}

/** What the RECEIPT of a message says beside that it is safe. */
export function addSentReceipt(accessor: SimpMessageHeaderAccessor, sent: SentMessage): void {
  accessor.addReceiptHeader('message-id', sent.messageId);
  accessor.addReceiptHeader('room-id', sent.roomId);
  accessor.addReceiptHeader('seq', `${sent.seq}`);
  if (sent.inboxSeq !== undefined) accessor.addReceiptHeader('inbox-seq', `${sent.inboxSeq}`);
  accessor.addReceiptHeader('dup', `${sent.dup}`);
}
