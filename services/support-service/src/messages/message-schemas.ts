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

export const messageBody = z.object({ text: messageText });
