import { ImError } from '../../model/error.js';
import { isWithin } from '../../model/json-levels.js';
import type { RoomRow } from '../tables/rooms.js';
import type { ActorRow } from '../tables/users.js';
import type { WriteContext } from './context.js';

const MAX_CONTENT_BYTES = 32 * 1024;
const MAX_MENTIONS = 50;
/** SQLite reads no JSON of more than 1,000 levels. */
const MAX_LEVELS = 100;

type Content = Readonly<Record<string, unknown>>;

/** What a message consists of beside its row: the file that it refers to, and whom it mentions. */
export class MessageParts {
  constructor(private readonly context: WriteContext) {}

  /** @returns the file that the content refers to */
  check(actor: ActorRow, content: Content, mentions: readonly string[] = []): number | undefined {
    if (!isWithin(MAX_LEVELS, content)) {
      throw new ImError('BAD_REQUEST', `The content of a message has at most ${MAX_LEVELS} levels`);
    }
    if (Buffer.byteLength(JSON.stringify(content)) > MAX_CONTENT_BYTES) {
      throw new ImError('TOO_LARGE', `A message has at most ${MAX_CONTENT_BYTES} bytes`);
    }
    if (mentions.length > MAX_MENTIONS) throw new ImError('TOO_LARGE', `A message mentions at most ${MAX_MENTIONS}`);
    const fileId = content['file_id'];
    if (typeof fileId !== 'string') return undefined;
    const file = this.context.files.readable(fileId, actor.uid);
    if (file === undefined) throw new ImError('FORBIDDEN', `You may not send the file ${fileId}`);
    return file;
  }

  attach(
    room: RoomRow,
    seq: number,
    actor: ActorRow,
    file: number | undefined,
    mentions: readonly string[] = [],
  ): void {
    const { files, marks, users, members } = this.context;
    if (file !== undefined) files.refer(file, room.rid, seq);
    for (const userId of mentions) {
      const user = users.find(userId);
      if (user && user.uid !== actor.uid && members.find(room.rid, user.uid)) marks.mention(user.uid, room.rid, seq);
    }
  }

  detach(room: RoomRow, seq: number): void {
    this.context.files.dropReferences(room.rid, seq);
    this.context.marks.clearMentions(room.rid, seq);
  }
}
