import { EVENT_KINDS } from '../inbox-row.js';
import { Flag } from '../message-row.js';

/** The last seq of a room that the member `m` of `r` has in the inbox. */
const LAST_IN_INBOX = `min(ifnull(m.left_seq, r.last_seq), ifnull(r.timeline_from - 1, r.last_seq))`;

/** What holds at any time, and a query that yields where it does not. */
export const INVARIANTS: readonly (readonly [string, string])[] = [
  [
    'The seqs of a room are 1 to its last one',
    `select r.room_id from rooms r left join messages m on m.rid = r.rid
     group by r.rid having count(m.seq) <> r.last_seq or ifnull(min(m.seq), 1) <> 1 or ifnull(max(m.seq), 0) <> r.last_seq`,
  ],
  [
    'A message belongs to a room',
    `select m.mid from messages m where not exists (select 1 from rooms r where r.rid = m.rid)`,
  ],
  [
    'A client_msg_id of a sender is one message',
    `select sender_uid || ' ' || client_msg_id from messages group by sender_uid, client_msg_id having count(*) > 1`,
  ],
  [
    'A badge counts the messages up to it that are not silent',
    `select rid || ':' || seq from (
       select rid, seq, badge - lag(badge, 1, 0) over (partition by rid order by seq) as step, flags from messages)
     where step <> iif(flags & ${Flag.Silent}, 0, 1)`,
  ],
  [
    'A room counts its messages that are not silent',
    `select r.room_id from rooms r
     where r.badge_seq <> ifnull((select m.badge from messages m where m.rid = r.rid and m.seq = r.last_seq), 0)`,
  ],
  [
    'Timestamps of a room do not go back',
    `select rid || ':' || seq from (
       select rid, seq, created_at, lag(created_at, 1, 0) over (partition by rid order by seq) as earlier from messages)
     where created_at < earlier`,
  ],
  [
    'The rows of an inbox are its first to its head',
    `select h.uid from inbox_heads h left join inbox i on i.uid = h.uid
     group by h.uid having count(i.seq) <> h.head - h.min_seq + 1
       or ifnull(min(i.seq), h.min_seq) <> h.min_seq or ifnull(max(i.seq), h.head) <> h.head`,
  ],
  [
    'An inbox with rows has a head',
    `select distinct uid from inbox i where not exists (select 1 from inbox_heads h where h.uid = i.uid)`,
  ],
  [
    // What was trimmed is the oldest; of what is left, nothing may be missing.
    'A member has each message of the room once in the inbox',
    `select r.room_id || ' of ' || m.uid
     from members m join rooms r on r.rid = m.rid
       left join inbox_heads h on h.uid = m.uid
       left join (
         select i.uid, i.rid, count(*) as n, count(distinct i.msg_seq) as d, min(i.msg_seq) as lo, max(i.msg_seq) as hi
         from inbox i join members own on own.uid = i.uid and own.rid = i.rid
         where i.kind = ${EVENT_KINDS.message} and i.msg_seq >= own.visible_from group by i.uid, i.rid
       ) held on held.uid = m.uid and held.rid = m.rid
     where ifnull(held.n <> held.d or held.n <> held.hi - held.lo + 1 or held.hi <> ${LAST_IN_INBOX}, 0)
       or (ifnull(h.min_seq, 1) = 1 and ifnull(held.n, 0) <> max(0, ${LAST_IN_INBOX} - m.visible_from + 1))`,
  ],
  [
    'An inbox tells of messages that there are, to those who were members',
    `select i.uid || ':' || i.seq from inbox i
     where i.kind = ${EVENT_KINDS.message} and (
       not exists (select 1 from messages x where x.rid = i.rid and x.seq = i.msg_seq)
       or not exists (select 1 from members m where m.rid = i.rid and m.uid = i.uid))`,
  ],
  [
    'An inbox has the messages of a room in their order',
    `select uid || ':' || seq from (
       select uid, seq, msg_seq, lag(msg_seq, 1, 0) over (partition by uid, rid order by seq) as earlier
       from inbox where kind = ${EVENT_KINDS.message})
     where msg_seq <= earlier`,
  ],
  [
    'A message knows its place in the inbox of its sender',
    `select m.mid from messages m join inbox_heads h on h.uid = m.sender_uid
     where m.inbox_seq >= h.min_seq and not exists (
       select 1 from inbox i
       where i.uid = m.sender_uid and i.seq = m.inbox_seq and i.rid = m.rid and i.msg_seq = m.seq)`,
  ],
  [
    'A room counts its members',
    `select r.room_id from rooms r
     where r.member_count <> (select count(*) from members m where m.rid = r.rid and m.left_seq is null)`,
  ],
  [
    'It is known up to where those who have left saw the room',
    `select m.rid || ' of ' || m.uid from members m
     where m.left_seq is not null and not exists (
       select 1 from departures d where d.uid = m.uid and d.rid = m.rid and d.left_seq = m.left_seq)`,
  ],
  [
    'What a member has read is counted as read',
    `select m.rid || ' of ' || m.uid from members m left join messages x on x.rid = m.rid and x.seq = m.read_seq
     where m.read_badge <> ifnull(x.badge, 0)`,
  ],
  [
    'Nothing is left of a recalled message',
    `select m.mid from messages m
     where m.flags & ${Flag.Recalled} and (
       m.content is not null
       or exists (select 1 from message_versions v where v.rid = m.rid and v.seq = m.seq)
       or exists (select 1 from file_refs f where f.rid = m.rid and f.seq = m.seq)
       or exists (select 1 from mentions x where x.rid = m.rid and x.seq = m.seq)
       or exists (select 1 from reactions x where x.rid = m.rid and x.seq = m.seq)
       or exists (select 1 from pins p where p.rid = m.rid and p.seq = m.seq))`,
  ],
  [
    'Nothing is left of what has expired',
    `select m.mid from rooms r join messages m on m.rid = r.rid and m.seq < r.first_seq
     where m.content is not null
       or exists (select 1 from message_versions v where v.rid = m.rid and v.seq = m.seq)
       or exists (select 1 from file_refs f where f.rid = m.rid and f.seq = m.seq)
       or exists (select 1 from mentions x where x.rid = m.rid and x.seq = m.seq)
       or exists (select 1 from reactions x where x.rid = m.rid and x.seq = m.seq)
       or exists (select 1 from pins p where p.rid = m.rid and p.seq = m.seq)`,
  ],
  [
    'What has expired is counted',
    `select r.room_id from rooms r left join messages m on m.rid = r.rid and m.seq = r.first_seq - 1
     where r.first_badge <> ifnull(m.badge, 0)`,
  ],
  [
    'What waits for a push is a message that somebody has written',
    `select w.rid || ':' || w.seq from (select rid, seq from outbox union all select rid, seq from pushes) w
     where not exists (
       select 1 from messages m where m.rid = w.rid and m.seq = w.seq and m.flags & ${Flag.Silent} = 0)`,
  ],
  [
    'Members were told by push of messages that there are',
    `select r.room_id || ' of ' || m.uid from members m join rooms r on r.rid = m.rid where m.push_seq > r.last_seq`,
  ],
  [
    'A message refers to files that there are',
    `select rid || ':' || seq from file_refs x where not exists (select 1 from files f where f.fid = x.fid)`,
  ],
];
