import { Counter, Gauge, type Registry } from 'prom-client';
import type { StatusLists } from './status-lists.ts';

export function statusMetrics({ feed, stream }: StatusLists) {
  return (registry: Registry): void => {
    const registers = [registry];
    new Gauge({
      name: 'status_lists_age_seconds',
      help: 'How long ago this instance last knew every revocation.',
      registers,
      collect() {
        this.set(feed.ageMs() / 1000);
      },
    });
    new Gauge({
      name: 'status_listeners',
      help: 'Connections that listen for revocations.',
      registers,
      collect() {
        this.set(stream.listeners());
      },
    });
    new Counter({
      name: 'status_events_total',
      help: 'Signed revocation events sent, each to every listener.',
      registers,
      collect() {
        this.reset();
        this.inc(stream.eventsSent());
      },
    });
  };
}
