import type { Refuse } from '../token-error.ts';
import type { HeldList } from './held-list.ts';
import type { StatusReference } from './status-claim.ts';
import type { TokenStatus } from './token-status.ts';

/** Judges what is not plainly valid, and returns the list that the token is in from now on. */
export interface ListJudge {
  readonly judge: (reference: StatusReference, refuse: Refuse, mayWait: boolean) => HeldList;
}

/** A token that a status list has a bit for. */
export class ListedToken implements TokenStatus {
  readonly #judge: ListJudge;
  readonly #reference: StatusReference;
  readonly #index: number;
  #list: HeldList | undefined;

  constructor(judge: ListJudge, reference: StatusReference) {
    this.#judge = judge;
    this.#reference = reference;
    this.#index = reference.index;
  }

  check(refuse: Refuse, mayWait: boolean): void {
    const list = this.#list;
    if (list?.isCurrent === true && list.valueAt(this.#index) === 0) return;
    this.#list = this.#judge.judge(this.#reference, refuse, mayWait);
  }

  get isCurrent(): boolean {
    return this.#list?.isCurrent === true;
  }
}
