import type { RoomKind } from '../../model/room.js';
import type { PushSubscription } from '../../ports/push-provider.js';
import type {
  DuePush,
  PushBacklog,
  PushCandidate,
  PushCandidates,
  PushContent,
  PushQuery,
} from '../../ports/push-work.js';
import type { SqliteDatabase } from '../database.js';
import { EVENT_KINDS } from '../inbox-row.js';
import { Flag } from '../message-row.js';

/** The member `m` wants no notifications of the room `:now`. */
const IS_QUIET = 'ifnull(m.notifications_off_until, 0) > :now';

/** The member `m` is to be told of the message with this `seq`: it is theirs to see, unread, and they want to know of it. */
const wants = (seq: string): string =>
  `m.left_seq is null and m.visible_from <= ${seq} and m.read_seq < ${seq} and not ${IS_QUIET}`;

/** The message `x` has not been recalled. */
const IS_THERE = 'x.content is not null';

/** The device `d` can be told of something. */
const IS_SUBSCRIBED = 'd.push_endpoint is not null and d.revoked_at is null';

interface RoomRow {
  readonly rid: number;
  readonly room_id: string;
  readonly timeline_from: number | null;
  readonly up_to: number;
  readonly due: number | null;
  readonly newest: number | null;
}

interface UserRow {
  readonly uid: number;
  readonly user_id: string;
  /** The most that one of their devices has acknowledged. */
  readonly acknowledged: number;
}

interface DueRow {
  readonly user_id: string;
  readonly uid: number;
  readonly device_id: string;
  readonly room_id: string;
  readonly seq: number;
  readonly attempts: number;
  readonly wanted: number;
  readonly push_endpoint: string;
  readonly push_keys: string;
  readonly mid: number;
  readonly message_type: number;
  readonly content: string;
  readonly created_at: number;
  readonly from_name: string;
  readonly kind: RoomKind;
  readonly title: string;
  readonly mentioned: number;
}

/** Who shall be told of what by push. */
export class PushReader {
  readonly #isNeeded;
  readonly #rooms;
  readonly #members;
  readonly #mentioned;
  readonly #place;
  readonly #devices;
  readonly #due;
  readonly #badge;
  readonly #backlog;

  constructor(db: SqliteDatabase) {
    this.#isNeeded = db
      .prepare<[], number>(
        `select exists (select 1 from devices where push_endpoint is not null)
           or exists (select 1 from outbox) or exists (select 1 from pushes)`,
      )
      .pluck();
    // Of what became too large for inboxes in between, the last message that is in inboxes.
    this.#rooms = db.prepare<[PushQuery], RoomRow>(
      `select w.*, (
           select max(x.seq) from messages x
           where x.rid = w.rid and x.seq >= w.due and x.seq < ifnull(w.timeline_from, x.seq + 1)
             and x.flags & ${Flag.Silent} = 0 and ${IS_THERE}) as newest
       from (
         select o.rid, r.room_id, r.timeline_from, max(o.seq) as up_to, min(o.since) as since,
           max(o.seq) filter (
             where o.seq < ifnull(r.timeline_from, o.seq + 1)
               and ${IS_THERE} and x.created_at >= :now - :life) as due
         from outbox o join rooms r on r.rid = o.rid join messages x on x.rid = o.rid and x.seq = o.seq
         where o.since <= :now - :delay
         group by o.rid order by since limit :limit) w`,
    );
    const select = `select u.uid, u.user_id, (select max(a.inbox_ack) from devices a where a.uid = u.uid) as acknowledged`;
    const subscribed = `exists (select 1 from devices d where d.uid = u.uid and ${IS_SUBSCRIBED})`;
    this.#members = db.prepare<[{ rid: number; due: number; now: number }], UserRow>(
      `${select} from members m join users u on u.uid = m.uid
       where m.rid = :rid and ${wants(':due')} and m.push_seq < :due and ${subscribed}`,
    );
    this.#mentioned = db.prepare<[PushQuery & { rid: number; from: number }], UserRow & { seq: number }>(
      `${select}, max(n.seq) as seq
       from outbox o join messages x on x.rid = o.rid and x.seq = o.seq
         join mentions n on n.rid = o.rid and n.seq = o.seq
         join members m on m.rid = o.rid and m.uid = n.uid
         join users u on u.uid = n.uid
       where o.rid = :rid and o.seq >= :from and o.since <= :now - :delay and x.created_at >= :now - :life
         and ${wants('n.seq')} and m.push_seq < n.seq and ${subscribed}
       group by u.uid`,
    );
    // From the newest back: what waits for a push is not far from it.
    this.#place = db
      .prepare<[{ uid: number; after: number; rid: number; seq: number }], number>(
        `select seq from inbox
         where uid = :uid and seq > :after and rid = :rid and msg_seq = :seq and kind = ${EVENT_KINDS.message}
         order by seq desc limit 1`,
      )
      .pluck();
    this.#devices = db
      .prepare<[number], string>(
        `select d.device_id from devices d where d.uid = ? and ${IS_SUBSCRIBED} order by d.did`,
      )
      .pluck();
    this.#due = db.prepare<[{ now: number; limit: number; except: string }], DueRow>(
      `select u.user_id, u.uid, d.device_id, r.room_id, p.seq, p.attempts, d.push_endpoint, d.push_keys,
         x.mid, x.message_type, x.content, x.created_at, s.name as from_name, r.kind, r.title,
         exists (select 1 from mentions n where n.uid = u.uid and n.rid = p.rid and n.seq = p.seq) as mentioned,
         ${IS_SUBSCRIBED} and m.uid is not null and ${IS_THERE} and (
           p.inbox_seq is null
           or not exists (select 1 from devices a where a.uid = d.uid and a.inbox_ack >= p.inbox_seq)) as wanted
       from pushes p
         join devices d on d.did = p.did join users u on u.uid = d.uid
         join rooms r on r.rid = p.rid
         join messages x on x.rid = p.rid and x.seq = p.seq join users s on s.uid = x.sender_uid
         left join members m on m.rid = p.rid and m.uid = d.uid and ${wants('p.seq')}
       where p.due_at <= :now and u.user_id not in (select value from json_each(:except))
       order by p.due_at limit :limit`,
    );
    this.#badge = db
      .prepare<[number], number>(
        `select sum(r.badge_seq - max(m.read_badge, r.first_badge)) from members m join rooms r on r.rid = m.rid
         where m.uid = ? and m.left_seq is null`,
      )
      .pluck();
    this.#backlog = db.prepare<
      [number],
      { messages: number; pushes: number; since: number | null; due: number | null }
    >(
      `select (select count(*) from outbox) as messages, (select count(*) from pushes) as pushes,
         (select min(since) from outbox) as since, (select min(due_at) from pushes where due_at > ?) as due`,
    );
  }

  isNeeded(): boolean {
    return this.#isNeeded.get() === 1;
  }

  candidates(query: PushQuery): PushCandidates[] {
    return this.#rooms.all(query).map((room) => ({
      roomId: room.room_id,
      upTo: room.up_to,
      dueSeq: room.due ?? undefined,
      users: [...this.#inboxCandidates(room, query), ...this.#mentionCandidates(room, query)],
    }));
  }

  due(now: number, limit: number, except: readonly string[]): DuePush[] {
    return this.#due.all({ now, limit, except: JSON.stringify(except) }).map((row) => ({
      userId: row.user_id,
      deviceId: row.device_id,
      roomId: row.room_id,
      seq: row.seq,
      attempts: row.attempts,
      content: row.wanted === 1 ? this.#content(row) : undefined,
    }));
  }

  backlog(now: number): PushBacklog {
    const { messages, pushes, since, due } = this.#backlog.get(now)!;
    return { messages, pushes, waitingSince: since ?? undefined, nextDue: due ?? undefined };
  }

  #inboxCandidates({ rid, due, newest }: RoomRow, { now }: PushQuery): PushCandidate[] {
    if (due === null || newest === null) return [];
    return this.#members.all({ rid, due, now }).flatMap(({ uid, user_id, acknowledged }) => {
      const dueInboxSeq = this.#place.get({ uid, after: acknowledged, rid, seq: due });
      if (dueInboxSeq === undefined) return [];
      const inboxSeq = this.#place.get({ uid, after: acknowledged, rid, seq: newest });
      return { userId: user_id, dueInboxSeq, seq: newest, inboxSeq, deviceIds: this.#devices.all(uid) };
    });
  }

  #mentionCandidates({ rid, timeline_from }: RoomRow, query: PushQuery): PushCandidate[] {
    if (timeline_from === null) return [];
    return this.#mentioned.all({ ...query, rid, from: timeline_from }).map(({ uid, user_id, seq }) => {
      return { userId: user_id, seq, deviceIds: this.#devices.all(uid) };
    });
  }

  #content(row: DueRow): PushContent {
    return {
      subscription: {
        endpoint: row.push_endpoint,
        keys: JSON.parse(row.push_keys) as PushSubscription['keys'],
      },
      message: {
        message_id: String(row.mid),
        message_type: row.message_type,
        message_content: JSON.parse(row.content) as Record<string, unknown>,
        timestamp: row.created_at,
      },
      from: row.from_name,
      roomKind: row.kind,
      title: row.title,
      isMentioned: row.mentioned === 1,
      badge: this.#badge.get(row.uid)!,
    };
  }
}
