/**
 * The inbox of one client, as it keeps it: what it has got by its place, each once, and the place up to which nothing is missing. It counts
 * what a client may never see, even before it removes what comes twice.
 */
export class InboxJournal {
  /** Nothing is missing up to this place: where a new session goes on. */
  position = 0;
  /**
   * By place: `room:seq` of a message, or the kind of another event.
   * @type {(string | undefined)[]}
   */
  entries = [];
  /** What came again in a new session because its acknowledgement or RECEIPT was lost: allowed. */
  redelivered = 0;
  /** Each a sentence. */
  violations = [];
  /** Places that a session has passed over: each must belong to a message of the client's own. */
  #passedOver = new Set();
  /** Places of the client's own messages, by their RECEIPTs. */
  #own = new Set();
  /** The newest place of the session, at first the one that it goes on from. */
  #last = 0;

  /** @returns since where a new session wants to go on */
  resume() {
    return (this.#last = this.position);
  }

  /** The first frame of a session. */
  started({ mode, reason, since }) {
    if (mode === 'resume' && since === this.#last) return;
    this.#violated('gap', `the session began with ${mode} since ${since} (${reason}) instead of ${this.#last}`);
  }

  /** An event of the session, in the order in which they come. */
  came(event) {
    const place = event.inbox_seq;
    if (place <= this.#last) this.#violated('disorder', `${place} came after ${this.#last} in the same session`);
    for (let missing = this.#last + 1; missing < place; missing++) this.#passedOver.add(missing);
    this.#last = Math.max(this.#last, place);
    if (this.entries[place] !== undefined) this.redelivered++;
    this.#keep(place, event.kind === 'message' ? `${event.room_id}:${event.seq}` : event.kind);
  }

  /** A RECEIPT for a message of the client's own. */
  sent({ inboxSeq, roomId, seq }) {
    this.#own.add(inboxSeq);
    this.#keep(inboxSeq, `${roomId}:${seq}`);
  }

  /** @returns all violations, now that nothing is on its way any more */
  finish(head) {
    for (const place of this.#passedOver) {
      if (!this.#own.has(place)) this.#violated('gap', `${place} was passed over and is no message of this client`);
    }
    if (this.position !== head) this.#violated('lost', `it has got to ${this.position} of ${head}`);
    return this.violations;
  }

  #keep(place, entry) {
    const known = this.entries[place];
    if (known !== undefined && known !== entry) {
      this.#violated('duplicate', `the place ${place} is that of ${known} and of ${entry}`);
    }
    this.entries[place] = entry;
    while (this.entries[this.position + 1] !== undefined) this.position++;
  }

  #violated(kind, sentence) {
    this.violations.push({ kind, sentence });
  }
}
