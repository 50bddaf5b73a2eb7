import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;
type Parameters = Record<string, string | string[]>;

interface Presented {
  hash: Hash;
  clientId: string;
  /** Of the cookie of the browser that brings it. */
  browserHash: Hash;
  now: Date;
}

export function pushedRequestRepository(db: Tx) {
  return {
    async add(request: {
      hash: Hash;
      clientId: string;
      parameters: Parameters;
      expiresAt: Date;
    }): Promise<void> {
      await db.pushedRequest.create({ data: request, select: { clientId: true } });
    },

    /** The one use of a `request_uri` (RFC 9126 §7.3); from here on it belongs to this browser. */
    async open(
      { hash, clientId, browserHash, now }: Presented,
      expiresAt: Date,
    ): Promise<Parameters | null> {
      const rows = await db.pushedRequest.updateManyAndReturn({
        where: { hash, clientId, browserHash: null, expiresAt: { gt: now } },
        data: { browserHash, expiresAt },
        select: { parameters: true },
      });
      return (rows[0]?.parameters as Parameters | undefined) ?? null;
    },

    /** One that this browser opened and has not finished. */
    async findOpen({ hash, clientId, browserHash, now }: Presented): Promise<Parameters | null> {
      const row = await db.pushedRequest.findFirst({
        where: { hash, clientId, browserHash, expiresAt: { gt: now } },
        select: { parameters: true },
      });
      return (row?.parameters as Parameters | undefined) ?? null;
    },

    async remove(hash: Hash): Promise<void> {
      await db.pushedRequest.deleteMany({ where: { hash } });
    },
  };
}
