/**
 * Why a client's metadata document is of no use. The message is for the client's developer: it says
 * nothing of what a network here looks like, which is in `cause`, for the log.
 */
export class DocumentError extends Error {
  override name = 'DocumentError';
  /** It may work again later, as it is. */
  readonly isTemporary: boolean;

  constructor(message: string, { cause, isTemporary }: { cause?: unknown; isTemporary: boolean }) {
    super(message, { cause });
    this.isTemporary = isTemporary;
  }

  /** To be shown. */
  get sentence(): string {
    return `The metadata document of this client ${this.message}.`;
  }
}

/** The document, or the address of it, has to change. */
export const refusedDocument = (message: string, cause?: unknown): DocumentError =>
  new DocumentError(message, { cause, isTemporary: false });
