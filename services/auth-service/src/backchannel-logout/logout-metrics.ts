import { Counter, type Registry } from 'prom-client';
import type { LogoutDelivery } from './logout-delivery.ts';

export const logoutMetrics =
  ({ counts }: LogoutDelivery) =>
  (registry: Registry): void => {
    new Counter({
      name: 'logout_tokens_total',
      help: 'Logout tokens for clients: delivered, failed attempts, given up.',
      labelNames: ['outcome'],
      registers: [registry],
      collect() {
        this.reset();
        this.inc({ outcome: 'delivered' }, counts.delivered);
        this.inc({ outcome: 'failed' }, counts.failed);
        this.inc({ outcome: 'given_up' }, counts.givenUp);
      },
    });
  };
