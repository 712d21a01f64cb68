/** The room of broadcasts: all users are members of it, and only `message.broadcast` writes into it. */
export const SYSTEM_ROOM = { rid: 1, roomId: 'system' } as const;

/**
 * Each brings the database from the version of its index to the next; `pragma user_version` says how many have run.
 * Integers are internal keys, texts those of the wire. Nothing is ever removed from `messages`.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table meta (name text primary key, value text not null) without rowid;

  create table users (
    uid integer primary key, user_id text not null unique, name text not null, pass_hash text not null,
    flags integer not null default 0 /* 1 admin */, created_at integer not null
  );
  create index ix_users_id on users (user_id collate nocase);
  create index ix_users_name on users (name collate nocase);

  create table devices (
    did integer primary key, uid integer not null, device_id text not null, name text not null, platform text not null,
    refresh_hash text, inbox_ack integer not null default 0, last_seen_at integer, revoked_at integer,
    unique (uid, device_id)
  );

  create table rooms (
    rid integer primary key, room_id text not null unique, kind text not null, dm_key text unique,
    title text not null default '', timeline_from integer /* the first seq that is in no inbox */,
    last_seq integer not null default 0, badge_seq integer not null default 0 /* how many count as unread */,
    last_at integer not null default 0, shown_seq integer not null default 0, active_at integer not null default 0,
    member_count integer not null default 0, version integer not null default 1, created_at integer not null
  );

  create table members (
    rid integer not null, uid integer not null, role integer not null default 0, visible_from integer not null default 1,
    left_seq integer, read_seq integer not null default 0, read_badge integer not null default 0,
    recv_seq integer not null default 0, mute_until integer, pinned_at integer,
    primary key (rid, uid)
  ) without rowid;
  create index ix_members_uid on members (uid, rid) where left_seq is null;

  create table messages (
    mid integer primary key, rid integer not null, seq integer not null, badge integer not null,
    sender_uid integer not null, sender_did integer, client_msg_id text not null, payload_hash blob not null,
    type integer not null, message_type integer not null, flags integer not null default 0, target_seq integer,
    reply_to integer, to_uid integer, inbox_seq integer /* of the sender */, version integer not null default 1,
    mentions text, content text, created_at integer not null,
    unique (rid, seq)
  );
  create unique index ux_messages_client on messages (sender_uid, client_msg_id);

  create table message_versions (
    rid integer not null, seq integer not null, version integer not null, content text, edited_at integer not null,
    primary key (rid, seq, version)
  ) without rowid;
  create table mentions (
    uid integer not null, rid integer not null, seq integer not null, primary key (uid, rid, seq)
  ) without rowid;
  create index ix_mentions_message on mentions (rid, seq);
  create table reactions (
    rid integer not null, seq integer not null, emoji text not null, uid integer not null, at integer not null,
    primary key (rid, seq, emoji, uid)
  ) without rowid;
  create table pins (rid integer not null, seq integer not null, primary key (rid, seq)) without rowid;
  create table hides (
    uid integer not null, rid integer not null, lo integer not null, hi integer not null, primary key (uid, rid, lo)
  ) without rowid;

  create table inbox_heads (
    uid integer primary key, head integer not null default 0, min_seq integer not null default 1
  );
  create table inbox (
    uid integer not null, seq integer not null, kind integer not null, rid integer not null, msg_seq integer,
    data text, at integer not null,
    primary key (uid, seq)
  ) without rowid;

  create table files (
    fid integer primary key, file_id text not null unique, uid integer not null, sha256 text not null,
    size integer not null, mime text not null, name text not null, storage_key text not null,
    created_at integer not null, unique (uid, sha256, size)
  );
  create index ix_files_storage on files (storage_key);
  create table file_refs (
    fid integer not null, rid integer not null, seq integer not null, primary key (fid, rid, seq)
  ) without rowid;
  create index ix_file_refs_message on file_refs (rid, seq);

  create virtual table msg_fts using fts5 (
    tokens, room, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
  );

  insert into rooms (rid, room_id, kind, title, timeline_from, created_at)
    values (${SYSTEM_ROOM.rid}, '${SYSTEM_ROOM.roomId}', 'channel', 'Announcements', 1, unixepoch() * 1000);
  `,
  `
  alter table devices add column generation integer not null default 0 /* how often it was revoked */;
  `,
  `
  create table departures (
    uid integer not null, rid integer not null, left_seq integer not null /* the last that they saw */,
    primary key (uid, rid, left_seq)
  ) without rowid;
  insert into departures select uid, rid, left_seq from members where left_seq is not null;

  alter table message_versions add column mentions text;
  alter table message_versions add column replaced_by integer not null default 0 /* seq of the edit */;
  alter table reactions add column by_seq integer not null default 0 /* of the message that gave it */;
  update message_versions as v set replaced_by = e.seq from (
    select rid, target_seq, seq, row_number() over (partition by rid, target_seq order by seq) as version
    from messages where message_type = 101) e
    where e.rid = v.rid and e.target_seq = v.seq and e.version = v.version;
  update reactions as x set by_seq = e.seq from (
    select rid, target_seq, sender_uid, content ->> '$.emoji' as emoji, max(seq) as seq
    from messages where message_type = 105 and not content ->> '$.remove' group by 1, 2, 3, 4) e
    where e.rid = x.rid and e.target_seq = x.seq and e.sender_uid = x.uid and e.emoji = x.emoji;
  `,
  `
  alter table members add column banned integer not null default 0 /* kicked, and not invited since */;
  update members as m set banned = 1 where left_seq is not null and exists (
    select 1 from messages x where x.rid = m.rid and x.seq = m.left_seq and x.content ->> '$.action' = 'kick');
  `,
  `
  alter table members add column notifications_off_until integer /* the member's own wish; null: they are on */;
  `,
  `
  create index ix_files_bytes on files (sha256, size);
  `,
  `
  create table user_keys (key text primary key, uid integer not null) without rowid;
  -- Of those who have been there with the same key, the first one has it.
  insert or ignore into user_keys
    select k.value, u.uid from users u, json_each(user_keys(u.user_id)) k order by u.uid;
  `,
  `
  drop table msg_fts;
  create virtual table msg_fts using fts5 (
    tokens, origin /* room, sender and type */, content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
  );
  insert into msg_fts (rowid, tokens, origin)
    select mid, tokens, origin from (
      select mid, search_tokens(message_type, content) as tokens,
        search_origin(rid, sender_uid, message_type) as origin
      from messages where content is not null)
    where tokens <> '' order by mid;
  `,
  `
  alter table rooms add column retention_days integer /* null: for ever */;
  alter table rooms add column first_seq integer not null default 1 /* what was before it has expired */;
  alter table rooms add column first_badge integer not null default 0 /* of the last one that has expired */;
  `,
  `
  alter table devices add column push_endpoint text;
  alter table devices add column push_keys text /* JSON */;
  create unique index ux_devices_push on devices (push_endpoint) where push_endpoint is not null;
  alter table members add column push_seq integer not null default 0 /* up to which its user was told by push */;

  create table outbox (
    rid integer not null, seq integer not null, since integer not null, primary key (rid, seq)
  ) without rowid;
  create index ix_outbox_since on outbox (since);
  create table pushes (
    did integer not null, rid integer not null, seq integer not null, inbox_seq integer, due_at integer not null,
    attempts integer not null default 0,
    primary key (did, rid)
  ) without rowid;
  create index ix_pushes_due on pushes (due_at);
  `,
];
