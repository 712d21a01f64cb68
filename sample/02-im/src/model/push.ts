/** What a device is told by a push, encrypted for it alone: where there is something new, and how much. */
export interface PushPayload {
  readonly room_id: string;
  readonly message_id: string;
  readonly seq: number;
  /** What is unread in all rooms. */
  readonly badge: number;
  readonly mentioned: boolean;
  /** If the server is set to tell; not of encrypted messages. */
  readonly preview?: {
    readonly from: string;
    /** Of the room; empty for a direct one. */
    readonly title: string;
    /** The beginning of the text, or the name of the file; empty if it has neither. */
    readonly text: string;
  };
}
