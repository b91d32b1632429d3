import { lists } from './discovery.ts';

/** The scopes of a sign-in. Those that daypass adds by itself can be left out if the provider refuses them. */
export class Scopes {
  readonly #configured: readonly string[] | undefined;
  /** The one that providers refuse first is the last: without it only the silent renewal is missing. */
  readonly #added: string[];

  /** `supported` is the provider's list, and can have any type. */
  constructor(configured: readonly string[] | undefined, supported: unknown) {
    this.#configured = configured;
    const offline = lists(supported, 'offline_access') ? ['offline_access'] : [];
    this.#added = configured ? [] : ['email', ...offline];
  }

  get text(): string {
    return (this.#configured ?? ['openid', ...this.#added]).join(' ');
  }

  /** Leaves out one scope if `error` refuses the scopes (RFC 6749 4.1.2.1). Returns false if none is left. */
  leaveOut(error: unknown): boolean {
    return error === 'invalid_scope' && this.#added.pop() !== undefined;
  }
}
