/** The passcode of a CONNECT for those who ask for it: no print of the message shows it (Spring `StompPasscode`). */
export class ProtectedPasscode {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }
}
