import { describe, expect, test } from '@jest/globals';
import { refuseUrl } from './refuse-url.ts';

const PUBLIC = { allowPrivate: false, ports: [443, 8443] };
const PRIVATE = { allowPrivate: true, ports: [443] };

describe('a URL that may be posted to', () => {
  test.each([
    'https://example.com',
    'https://hooks.example.com/a/b?c=d',
    'https://hooks.example.com:443/',
    'https://hooks.example.com:8443/',
    'HTTPS://Hooks.Example.COM/',
    'https://bücher.example.com/',
    'https://xn--bcher-kva.example.com/',
    'https://localhost.example.com/',
    'https://local.example.com/',
    'https://93.184.215.14/',
    'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/',
  ])('is %s', (url) => {
    expect(refuseUrl(url, PUBLIC)).toBeUndefined();
  });

  test.each([
    'http://localhost:3000/hook',
    'http://127.0.0.1:3000/',
    'https://127.0.0.1:1/',
    'http://[::1]:3000/',
    'http://10.1.2.3/',
    'http://receiver:8080/',
  ])('is %s, where private addresses are allowed', (url) => {
    expect(refuseUrl(url, PRIVATE)).toBeUndefined();
    expect(refuseUrl(url, PUBLIC)).toBeDefined();
  });
});

describe('(1) https only, a list of ports, no credentials, no fragment', () => {
  test.each([
    ['the URL must use https', 'http://example.com/'],
    ['the URL must use https', 'ftp://example.com/'],
    ['the URL must use https', 'file:///etc/passwd'],
    ['the URL must use https', 'gopher://example.com/'],
    ['the URL must use https', 'data:text/plain,hello'],
    ['the URL must use https', 'javascript:alert(1)'],
    ['the URL must use https', 'blob:https://example.com/1'],
    ['the port of the URL must be one of: 443, 8443', 'https://example.com:22/'],
    ['the port of the URL must be one of: 443, 8443', 'https://example.com:80/'],
    ['the port of the URL must be one of: 443, 8443', 'https://example.com:6379/'],
    ['the port of the URL must be one of: 443, 8443', 'https://example.com:0/'],
    ['a URL must not contain credentials', 'https://user@example.com/'],
    ['a URL must not contain credentials', 'https://user:password@example.com/'],
    ['a URL must not contain credentials', 'https://:password@example.com/'],
    ['a URL must not contain credentials', 'https://example.com@127.0.0.1/'],
    ['a URL must not have a fragment', 'https://example.com/#a'],
    ['a URL must not have a fragment', 'https://example.com/#'],
    ['this is not a URL', ''],
    ['this is not a URL', 'example.com'],
    ['this is not a URL', '//example.com/'],
    ['this is not a URL', 'https://'],
    ['this is not a URL', 'https://example.com:99999/'],
    ['this is not a URL', 'https://exa mple.com/'],
    ['this is not a URL', 'https://[fe80::1%25eth0]/'],
    ['this is not a URL', 'https://[fe80::1%eth0]/'],
    ['this is not a URL', 'https://256.1.1.1/'],
    ['this is not a URL', 'https://1.2.3.4.5/'],
    ['a URL has at most 2048 characters', `https://example.com/${'a'.repeat(2_048)}`],
  ])('%s: %s', (refusal, url) => {
    expect(refuseUrl(url, PUBLIC)).toBe(refusal);
  });

  test.each(['https://user@localhost/', 'http://localhost/#a', 'ftp://localhost/', 'nothing'])(
    '%s is refused even where private addresses are allowed',
    (url) => {
      expect(refuseUrl(url, PRIVATE)).toBeDefined();
    },
  );
});

describe('(3) addresses in every spelling, after the parser of the WHATWG', () => {
  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.1/',
    'https://127.0.0.1./',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0x7f000001/',
    'https://0X7F.0.0.0X1/',
    'https://0177.0.0.1/',
    'https://0177.1/',
    'https://017700000001/',
    'https://0/',
    'https://0.0.0.0/',
    'https://0x0/',
    'https://127。0。0。1/',
    'https://１２７.０.０.１/',
    'https://①②⑦.0.0.1/',
    'https://%31%32%37.0.0.1/',
    'https:127.0.0.1',
    'https:\\\\127.0.0.1\\',
    'https:///127.0.0.1/',
    'https://127.0.0.1:443/',
    'https://169.254.169.254/latest/meta-data/',
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://0251.0376.0251.0376/',
    'https://10.0.0.1/',
    'https://100.64.0.1/',
    'https://192.168.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::127.0.0.1]/',
    'https://[::7f00:1]/',
  ])('%s is not public', (url) => {
    expect(refuseUrl(url, PUBLIC)).toBe('the address is not public');
  });
});

describe('(4) addresses that carry others, and ranges that are not public', () => {
  test.each([
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::FFFF:7F00:0001]/',
    'https://[0:0:0:0:0:ffff:7f00:1]/',
    'https://[::ffff:0:7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[64:ff9b:1::7f00:1]/',
    'https://[64:ff9b:1:ffff::1]/',
    'https://[2002:7f00:1::]/',
    'https://[2002:a9fe:a9fe::1]/',
    'https://[2001:0:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    'https://[3fff::1]/',
    'https://[100::1]/',
  ])('%s is not public', (url) => {
    expect(refuseUrl(url, PUBLIC)).toBe('the address is not public');
  });
});

describe('names that are no public host', () => {
  test.each([
    ['a host name needs a domain', 'https://localhost/'],
    ['a host name needs a domain', 'https://LOCALHOST/'],
    ['a host name needs a domain', 'https://redis:443/'],
    ['a host name needs a domain', 'https://ｌocalhost/'],
    ['a host name must not end with a dot', 'https://localhost./'],
    ['a host name must not end with a dot', 'https://example.com./'],
    ['the host name is not public', 'https://a.localhost/'],
    ['the host name is not public', 'https://printer.local/'],
    ['the host name is not public', 'https://metadata.google.internal/'],
    ['the host name is not public', 'https://router.home.arpa/'],
    ['the host name is not public', 'https://a.b.test/'],
    ['the host name is not public', 'https://a.invalid/'],
    ['the host name is not public', 'https://a.example/'],
    ['the host name is not public', 'https://abcdef.onion/'],
  ])('%s: %s', (refusal, url) => {
    expect(refuseUrl(url, PUBLIC)).toBe(refusal);
  });
});
