import type { Context } from '../context.ts';
import { curlOf } from '../http/curl.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Profile } from '../issuer/tokens.ts';

/** One way in which a service does not do what it must. */
export interface Failure {
  /** `GET /todo` */
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
  /** The command that sends the request again. */
  readonly curl?: string;
}

export interface Check {
  /** `subject.case`, stable from one version to the next. */
  readonly id: string;
  /** A sentence that says what a service does. */
  readonly title: string;
  /** The rule: `RFC 6750 §3.1`, or the name of what else asks for it. */
  readonly rfc: string;
  /** `should`: reported, and no reason to fail. */
  readonly severity: 'must' | 'should';
  /** Default: all. */
  readonly profiles?: readonly Profile[];
  /** Needs a service that the kit starts and stops itself. */
  readonly needsCommand?: boolean;
  /** @throws Skipped */
  readonly run: (context: Context) => Promise<readonly Failure[]>;
}

const SHOWN_LENGTH = 200;

/** What came back, in one line. */
export const describe = ({ answer }: Exchange): string => {
  if (answer.status === 0) return `no answer (${answer.text})`;
  const text = answer.text.replaceAll(/\s+/g, ' ').slice(0, SHOWN_LENGTH);
  return text === '' ? String(answer.status) : `${answer.status} ${text}`;
};

export const failure = (
  exchange: Exchange,
  expected: string,
  actual = describe(exchange),
): Failure => ({ where: exchange.where, expected, actual, curl: curlOf(exchange.request) });

/** The failure of an exchange that does not hold. */
export const expectThat = (
  holds: boolean,
  exchange: Exchange,
  expected: string,
  actual?: string,
): Failure[] => (holds ? [] : [failure(exchange, expected, actual ?? describe(exchange))]);

/** Look at each item in turn: services are held to what they do, not to how much they bear. */
export const forEach = async <T>(
  items: Iterable<T>,
  look: (item: T) => Promise<readonly Failure[]>,
): Promise<Failure[]> => {
  const failures: Failure[] = [];
  for (const item of items) failures.push(...(await look(item)));
  return failures;
};
