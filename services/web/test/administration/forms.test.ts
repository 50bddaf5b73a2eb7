import { describe, expect, it } from 'vitest';
import { fromLocalInput, toLocalInput } from '../../src/administration/audit-times.ts';
import {
  type ClientValues,
  changesOf,
  fieldsAtFault,
  NEW_CLIENT,
  toChange,
  toRegistration,
} from '../../src/administration/client-values.ts';
import {
  readAuditSearch,
  readClientsSearch,
  readPeopleSearch,
} from '../../src/administration/search.ts';

const values = (given: Partial<ClientValues>): ClientValues => ({
  ...NEW_CLIENT,
  name: ' Night job ',
  ...given,
});

describe('a registration', () => {
  it('has one address per line, and leaves out what is empty', () => {
    const uris = ' https://a.example/cb \n\nhttps://b.example/cb\n';
    expect(toRegistration(values({ redirect_uris: uris }))).toEqual({
      name: 'Night job',
      authentication: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'profile'],
      redirect_uris: ['https://a.example/cb', 'https://b.example/cb'],
      post_logout_redirect_uris: [],
      backchannel_logout_session_required: false,
      firstParty: false,
    });
  });

  it('has keys only with a key pair', () => {
    const jwks = '{"keys":[]}';
    expect(toRegistration(values({ jwks }))).not.toHaveProperty('jwks');
    const withKeys = values({ jwks, authentication: 'private_key_jwt' });
    expect(toRegistration(withKeys)).toHaveProperty('jwks', { keys: [] });
    expect(() => toRegistration({ ...withKeys, jwks: 'keys' })).toThrow(SyntaxError);
  });
});

describe('a change', () => {
  it('that is not saved yet holds only what differs', () => {
    const before = values({ scopes: ['openid'], redirect_uris: 'https://a.example/cb' });
    const after = { ...before, scopes: ['openid', 'todos'], name: 'Day job', jwks: '' };
    expect(changesOf(after, before)).toEqual({ scopes: ['openid', 'todos'], name: 'Day job' });
    expect(changesOf({ ...before, scopes: [...before.scopes] }, before)).toEqual({});
  });

  it('leaves all scopes as they are, and takes an address away', () => {
    const change = toChange(values({ scopes: [], backchannel_logout_uri: ' ' }));
    expect(change).not.toHaveProperty('scopes');
    expect(change).toHaveProperty('backchannel_logout_uri', null);
  });
});

it('shows a fault at the field that it is of', () => {
  const fields = { 'redirect_uris.1': '', redirect_uris: '', 'jwks.keys.0.kty': '', other: '' };
  expect(fieldsAtFault({ fields })).toEqual(['redirect_uris', 'jwks']);
});

describe('addresses of pages', () => {
  it('hold what is known, as text', () => {
    expect(readPeopleSearch({ search: 'ada', person: 12, more: 1 })).toEqual({
      search: 'ada',
      person: '12',
    });
    expect(readClientsSearch({ client: '', register: 'yes' })).toEqual({});
    expect(readClientsSearch({ register: true })).toEqual({ register: true });
    expect(readAuditSearch({ type: 'login.', actor: '', since: {}, cursor: 'x' })).toEqual({
      type: 'login.',
    });
  });
});

describe('a time of here', () => {
  it('is the same instant again', () => {
    const instant = '2026-01-31T08:05:00.000Z';
    expect(toLocalInput(instant)).toMatch(/^2026-0[12]-\d\dT\d\d:\d\d$/);
    expect(fromLocalInput(toLocalInput(instant))).toBe(instant);
  });

  it('is none where there is none', () => {
    expect([toLocalInput(undefined), toLocalInput('soon')]).toEqual(['', '']);
    expect([fromLocalInput(''), fromLocalInput('soon')]).toEqual([undefined, undefined]);
  });
});
