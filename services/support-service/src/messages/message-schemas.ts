import { pageQuery } from '@latchkey/service-kit/http/pagination';
import { z } from 'zod';
import { messageText, participant } from '../tickets/ticket-schemas.ts';

export const messageSchema = z
  .object({
    id: z.int(),
    author: participant,
    text: messageText,
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Message' });

export const messageListSchema = z.array(messageSchema);

export const messageBody = z.object({ text: messageText });

export const messageListQuery = z.object(pageQuery);

export type MessageListQuery = z.output<typeof messageListQuery>;
