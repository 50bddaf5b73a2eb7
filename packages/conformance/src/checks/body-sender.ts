import type { Context } from '../context.ts';
import type { Exchange } from '../http/exchange.ts';
import { ADA } from '../issuer/tokens.ts';
import type { Operation } from '../service/api-document.ts';
import { pathToOwnRow } from './collections.ts';

export type SendBody = (body: string, contentType?: string) => Promise<Exchange>;

/** Sends bodies to one operation, to a row that is there: it is the body that is to be judged. */
export const bodySender = async (context: Context, operation: Operation): Promise<SendBody> => {
  const path = await pathToOwnRow(context, operation, ADA);
  return (body, contentType) =>
    context.call(operation, {
      token: context.tokens.mint(),
      path,
      body,
      ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
    });
};
