/** Pauses between attempts: each is twice as long as the one before, with so much chance in it that not all come at once. */
export class ReconnectDelay {
  #attempts = 0;

  constructor(
    private readonly first: number,
    private readonly limit: number,
  ) {}

  /** Milliseconds: between the half and the whole of what is due. */
  next(): number {
    const due = Math.min(this.first * 2 ** Math.min(this.#attempts++, 30), this.limit);
    return due / 2 + (Math.random() * due) / 2;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
