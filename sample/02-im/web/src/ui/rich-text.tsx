import type { JSX } from 'preact';
import type { RoomMember } from '../../../src/model/room.js';
import { useIm } from './client.js';
import { isOwnLink } from './room-link.js';

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?，。；：！？、)）\]】]/;

/** Links and mentions; everything else is text. */
export function RichText(props: {
  text: string;
  mentions: readonly string[] | undefined;
  members: readonly RoomMember[] | undefined;
}): JSX.Element {
  const { text, mentions = [], members = [] } = props;
  const me = useIm((state) => state.user)!.user_id;
  const mentioned = new Map(
    members.filter(({ user_id }) => mentions.includes(user_id)).map(({ user_id, name }) => [`@${name}`, user_id]),
  );
  const patterns = [
    LINK.source,
    ...[...mentioned.keys()].map((name) => name.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)),
  ];
  // Split with a group: every second piece is a match.
  const pieces = text.split(new RegExp(`(${patterns.join('|')})`, 'u'));
  return (
    <span class="text">
      {pieces.map((piece, index) => {
        if (index % 2 === 0) return piece;
        const user = mentioned.get(piece);
        if (user) return <span class={`mentioned ${user === me ? 'me' : ''}`}>{piece}</span>;
        if (isOwnLink(piece)) return <a href={piece}>{piece}</a>;
        return (
          <a href={piece} target="_blank" rel="noopener noreferrer">
            {piece}
          </a>
        );
      })}
    </span>
  );
}
