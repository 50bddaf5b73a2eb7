import type { Refuse } from '../token-error.ts';
import type { HeldList } from './held-list.ts';
import type { Revocation } from './revocation.ts';
import type { StatusReference } from './status-claim.ts';
import type { TokenStatus } from './token-status.ts';

/** A token that a status list has a bit for. */
export class ListedToken implements TokenStatus {
  readonly #revocation: Revocation;
  readonly #reference: StatusReference;
  readonly #index: number;
  #list: HeldList | undefined;

  constructor(revocation: Revocation, reference: StatusReference) {
    this.#revocation = revocation;
    this.#reference = reference;
    this.#index = reference.index;
  }

  check(refuse: Refuse, mayWait: boolean): void {
    const list = this.#list;
    if (list?.isCurrent === true && list.valueAt(this.#index) === 0) return;
    this.#list = this.#revocation.judge(this.#reference, refuse, mayWait);
  }

  get isCurrent(): boolean {
    return this.#list?.isCurrent === true;
  }
}
