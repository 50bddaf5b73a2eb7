import { serviceMain } from '@latchkey/service-kit/starting/service-main';
import { createApp } from './app.ts';
import { openStore } from './store.ts';

await serviceMain({ srcDirectory: import.meta.dirname, openStore, createApp });
