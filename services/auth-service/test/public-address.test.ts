import { expect, test } from 'vitest';
import { pinnedTo } from '../src/client-documents/guarded-fetch.ts';
import { hostAddresses } from '../src/client-documents/host-addresses.ts';
import { isPublicAddress } from '../src/client-documents/public-address.ts';

/** IANA's special-purpose registries (RFC 6890), and forms that hide such an address in another. */
test.each([
  ['unspecified', '0.0.0.0'],
  ['of this network', '0.1.2.3'],
  ['loopback', '127.0.0.1'],
  ['loopback, further on', '127.8.8.8'],
  ['private, 10', '10.0.0.1'],
  ['private, 172', '172.31.255.255'],
  ['private, 192', '192.168.1.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['link-local, where clouds keep credentials', '169.254.169.254'],
  ['IETF protocol assignments', '192.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['benchmarking', '198.18.0.1'],
  ['6to4 relay', '192.88.99.1'],
  ['AS112', '192.175.48.1'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified, v6', '::'],
  ['loopback, v6', '::1'],
  ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
  ['IPv4-mapped private, in hex', '::ffff:a00:1'],
  ['IPv4-compatible', '::10.0.0.1'],
  ['IPv4-translated', '::ffff:0:10.0.0.1'],
  ['NAT64', '64:ff9b::a00:1'],
  ['local NAT64', '64:ff9b:1::a00:1'],
  ['6to4', '2002:a00:1::1'],
  ['Teredo', '2001::1'],
  ['documentation, v6', '2001:db8::1'],
  ['documentation, v6, the newer', '3fff::1'],
  ['discard', '100::1'],
  ['unique local', 'fd00::1'],
  ['link-local, v6', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['segment routing', '5f00::1'],
  ['multicast, v6', 'ff02::1'],
  ['never given out', '4000::1'],
  ['no address', 'localhost'],
])('not public: %s', (_name, address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['8.8.8.8', '193.0.6.139', '2606:4700:4700::1111', '::ffff:8.8.8.8'])(
  'public: %s',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

const never = async () => {
  throw new Error('asked');
};

test('one address that is not public spoils a host; an internal host may have any', async () => {
  const resolve = {
    external: async () => ['8.8.8.8', '10.0.0.1'],
    internal: async () => ['10.0.0.1'],
  };
  const addressesOf = hostAddresses({ internalHosts: ['agents.internal', '10.0.0.9'], resolve });
  await expect(addressesOf('rebinding.example')).rejects.toThrow('10.0.0.1, not public');
  expect(await addressesOf('agents.internal')).toEqual(['10.0.0.1']);
  expect(await addressesOf('10.0.0.9')).toEqual(['10.0.0.9']);
});

test.each(['127.0.0.1', '[::1]', '10.0.0.1'])(
  'an address as host asks no name server: %s',
  async (host) => {
    const addressesOf = hostAddresses({
      internalHosts: [],
      resolve: { external: never, internal: never },
    });
    await expect(addressesOf(host)).rejects.toThrow('not public');
  },
);

test('a connection is made to what was checked, whatever name is looked up', () => {
  const lookup = pinnedTo(['8.8.8.8', '2606:4700:4700::1111']);
  const found: unknown[] = [];
  const note = (...answer: unknown[]) => void found.push(answer);
  lookup('evil.example', { all: true }, note);
  lookup('evil.example', {}, note);
  expect(found).toEqual([
    [
      null,
      [
        { address: '8.8.8.8', family: 4 },
        { address: '2606:4700:4700::1111', family: 6 },
      ],
    ],
    [null, '8.8.8.8', 4],
  ]);
});
