import { Injectable } from '@nestjs/common';
import { InboxCursors } from '../inbox/inbox-cursors.js';
import { IngestQueue } from '../ports/ingest-queue.js';
import { PushJob } from '../push/push-job.js';
import { PushSender } from '../push/push-sender.js';
import { MeasuredCommands } from './measured-commands.js';

/** What is measured of the application itself, as Prometheus reads it. */
@Injectable()
export class ImMetrics {
  constructor(
    private readonly ingest: IngestQueue,
    private readonly cursors: InboxCursors,
    private readonly commands: MeasuredCommands,
    private readonly pushJob: PushJob,
    private readonly pushes: PushSender,
  ) {}

  async text(): Promise<string> {
    const { committed, duplicates, refused, seconds, buckets } = this.commands;
    const { sent, gone, retried, dropped } = this.pushes;
    const backlog = await this.pushJob.backlog();
    return [
      ...metric('im_ingest_waiting', 'gauge', 'Commands that wait for their commit.', this.ingest.depth),
      ...metric('im_commands_committed_total', 'counter', 'Commands that were committed.', committed),
      ...metric('im_commands_duplicate_total', 'counter', 'Messages that had come before.', duplicates),
      ...metric('im_commands_refused_total', 'counter', 'Commands that were refused.', refused),
      ...metric('im_inbox_cursors', 'gauge', 'Subscriptions to an inbox.', this.cursors.size),
      ...metric('im_hints_repaired_total', 'counter', 'Lost hints that a sweep made up for.', this.cursors.repaired),
      ...metric('im_push_outbox', 'gauge', 'Messages for which it is not decided whom to push.', backlog.messages),
      ...metric('im_pushes_waiting', 'gauge', 'Pushes that wait to be sent, or to be sent again.', backlog.pushes),
      ...metric('im_pushes_sent_total', 'counter', 'Pushes that a push service has taken.', sent),
      ...metric('im_pushes_gone_total', 'counter', 'Pushes whose subscription had ended.', gone),
      ...metric('im_pushes_retried_total', 'counter', 'Pushes that were put off after a failure.', retried),
      ...metric('im_pushes_dropped_total', 'counter', 'Pushes that were given up.', dropped),
      '# HELP im_commit_seconds How long commands take until they are on the disk.',
      '# TYPE im_commit_seconds histogram',
      ...[...buckets].map(([limit, count]) => `im_commit_seconds_bucket{le="${limit}"} ${count}`),
      `im_commit_seconds_bucket{le="+Inf"} ${committed}`,
      `im_commit_seconds_sum ${seconds}`,
      `im_commit_seconds_count ${committed}`,
      '',
    ].join('\n');
  }
}

function metric(name: string, type: 'counter' | 'gauge', help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`];
}
