import { MessageType } from '../../../src/model/message.js';
import {
  append,
  applyControl,
  EMPTY_TIMELINE,
  hide,
  LONGEST_TIMELINE,
  mergeNewer,
  mergeOlder,
  react,
  type Timeline,
} from '../../../web/src/core/timeline.js';
import { control, text } from '../support/messages.js';

function range(first: number, last: number) {
  return Array.from({ length: last - first + 1 }, (_, index) => text(first + index));
}

function timelineOf(first: number, last: number): Timeline {
  return { messages: range(first, last), first, last, atStart: first === 1, atEnd: true, early: [] };
}

const seqs = ({ messages }: Timeline) => messages.map(({ seq }) => seq);

describe('a timeline', () => {
  it('takes what comes in order', () => {
    expect(seqs(append(append(EMPTY_TIMELINE, text(1)), text(2)))).toEqual([1, 2]);
  });

  it('takes no message twice', () => {
    expect(seqs(append(timelineOf(1, 3), text(2)))).toEqual([1, 2, 3]);
  });

  it('keeps back what comes after a gap, until the gap is filled', () => {
    const early = [6, 5, 5].reduce((timeline, seq) => append(timeline, text(seq)), timelineOf(1, 3));
    expect(seqs(early)).toEqual([1, 2, 3]);
    expect(seqs(append(early, text(4)))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('fills a gap from the history', () => {
    const early = append(timelineOf(1, 3), text(8));
    const filled = mergeNewer(early, range(4, 7), 7, true);
    expect(seqs(filled)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(filled.early).toEqual([]);
  });

  it('does not wait for messages that the user has hidden', () => {
    const filled = mergeNewer(append(timelineOf(1, 3), text(8)), [text(4), text(6)], 7, true);
    expect(seqs(filled)).toEqual([1, 2, 3, 4, 6, 8]);
  });

  it('lets go of the other end when somebody scrolls for long', () => {
    const newest = timelineOf(1_001, 1_000 + LONGEST_TIMELINE);
    const up = mergeOlder(newest, range(951, 1_000), 951, false);
    expect(up).toMatchObject({ first: 951, last: 950 + LONGEST_TIMELINE, atEnd: false });
    const down = mergeNewer(up, range(up.last + 1, up.last + 50), up.last + 50, true);
    expect(down).toMatchObject({ first: 1_001, last: 1_000 + LONGEST_TIMELINE, atStart: false, atEnd: true });
  });

  it('changes what an edit is about, once, and not back by an older one', () => {
    const edit = (version: number) =>
      control(3, MessageType.Edit, 1, { message_content: { text: `version ${version}` }, version });
    const edited = append(append(timelineOf(1, 2), edit(3)), { ...edit(2), seq: 4 });
    expect(edited.messages[0]).toMatchObject({ message_content: { text: 'version 3' }, version: 3, flags: ['edited'] });
  });

  it('empties what was recalled, and an edit does not bring it back', () => {
    const recalled = append(timelineOf(1, 2), control(3, MessageType.Recall, 1));
    const edit = control(4, MessageType.Edit, 1, { message_content: { text: 'again' }, version: 2 });
    expect(append(recalled, edit).messages[0]).toMatchObject({ message_content: null, flags: ['recalled'] });
  });

  it('does not apply to older messages what they have been through already', () => {
    const reacted = text(1, 'bob', { reactions: { '👍': ['alice'] } });
    const removed = control(3, MessageType.Reaction, 1, { emoji: '👍', remove: true });
    const timeline = mergeOlder({ ...timelineOf(4, 5), atStart: false }, [reacted, text(2), removed], 1, true);
    expect(timeline.messages[0].reactions).toEqual({ '👍': ['alice'] });
  });

  it('applies a reaction that was missed, and that of a target which is not shown to nothing', () => {
    const reaction = control(4, MessageType.Reaction, 1, { emoji: '🎉' }, 'bob');
    expect(mergeNewer(timelineOf(1, 3), [reaction], 4, true).messages[0].reactions).toEqual({ '🎉': ['bob'] });
    const elsewhere = timelineOf(2, 3);
    expect(applyControl(elsewhere, reaction)).toBe(elsewhere);
  });

  it('hides from here to there', () => {
    expect(seqs(hide(timelineOf(1, 5), 2, 4))).toEqual([1, 5]);
  });
});

describe('a reaction', () => {
  it('is there once for each user, and gone with the last of them', () => {
    const twice = react(react({}, '👍', 'alice', true), '👍', 'alice', true);
    expect(twice).toEqual({ '👍': ['alice'] });
    expect(react(twice, '👍', 'alice', false)).toEqual({});
  });
});
