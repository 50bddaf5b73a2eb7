/** What the parent asks of the keeper, first and once. */
export interface KeeperOrder {
  dataDir: string;
  port?: number;
  password: string;
  durable: boolean;
}

/** What the keeper sends to its parent. */
export type KeeperReport =
  | { type: 'ready'; port: number }
  | { type: 'failed'; message: string }
  | { type: 'log'; line: string };
