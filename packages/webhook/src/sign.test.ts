import { describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { newSecret } from './secrets.ts';
import { signHeaders, type Signing } from './sign.ts';

/** The vector of the Standard Webhooks libraries. */
const VECTOR = {
  webhookId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  sentAt: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
  secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
};

const delivery = (changes: Partial<Signing> = {}): Signing => ({
  webhookId: 'msg_0199',
  sentAt: new Date(),
  body: '{"type":"ping","data":{"name":"größer 東京 🙂"}}',
  secrets: [newSecret()],
  ...changes,
});

const verify = (secret: string, body: string, headers: Record<string, string>): unknown =>
  new Webhook(secret).verify(body, headers);

/** The text with the low bit of one character flipped. */
const flip = (text: string, at: number): string =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);

describe('a signature', () => {
  test('is the one of the specification', () => {
    expect(signHeaders(VECTOR)).toEqual({
      'webhook-id': VECTOR.webhookId,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('is an HMAC-SHA256 over the bytes that are sent', () => {
    const signing = delivery();
    const key = Buffer.from((signing.secrets[0] ?? '').slice('whsec_'.length), 'base64');
    const headers = signHeaders(signing);
    const signed = Buffer.from(`msg_0199.${headers['webhook-timestamp']}.${signing.body}`, 'utf8');
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    );
  });

  test('satisfies the reference library', () => {
    const signing = delivery();
    const headers = signHeaders(signing);
    expect(verify(signing.secrets[0] ?? '', signing.body, headers)).toEqual(JSON.parse(signing.body));
  });

  test('is made with each of two secrets, and either verifies', () => {
    const secrets = [newSecret(), newSecret()];
    const signing = delivery({ secrets });
    const headers = signHeaders(signing);
    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
    for (const secret of secrets) {
      expect(verify(secret, signing.body, headers)).toEqual(JSON.parse(signing.body));
    }
    expect(() => verify(newSecret(), signing.body, headers)).toThrow(WebhookVerificationError);
  });

  test('carries the time of the attempt, in whole seconds gone by', () => {
    const headers = signHeaders(delivery({ sentAt: new Date(1_700_000_000_999) }));
    expect(headers['webhook-timestamp']).toBe('1700000000');
  });

  test('fails with any byte of id, timestamp, body or secret changed', () => {
    const signing = delivery({ secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] });
    const [secret = ''] = signing.secrets;
    const headers = signHeaders(signing);
    const refused = (run: () => unknown): void => expect(run).toThrow(WebhookVerificationError);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const at = (text: string): number => seed % text.length;
        const id = headers['webhook-id'] ?? '';
        refused(() => verify(secret, signing.body, { ...headers, 'webhook-id': flip(id, at(id)) }));
        // The last digits only: a changed first one is refused for its age, before any signature is looked at.
        const timestamp = String(Number(headers['webhook-timestamp']) - 1 - (seed % 200));
        refused(() => verify(secret, signing.body, { ...headers, 'webhook-timestamp': timestamp }));
        refused(() => verify(secret, flip(signing.body, at(signing.body)), headers));
        const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
        bytes[seed % bytes.length] = (bytes[seed % bytes.length] ?? 0) ^ 1;
        refused(() => verify(`whsec_${bytes.toString('base64')}`, signing.body, headers));
      }),
    );
  });

  test.each(['', 'msg.1', 'msg 1', 'msg\n1'])('is not made for the id %j', (webhookId) => {
    expect(() => signHeaders(delivery({ webhookId }))).toThrow(RangeError);
  });

  test('is not made without a secret, nor with one that cannot be read, which no error repeats', () => {
    expect(() => signHeaders(delivery({ secrets: [] }))).toThrow(RangeError);
    expect(() => signHeaders(delivery({ secrets: ['whsec_'] }))).toThrow('a secret cannot be read');
    expect(() => signHeaders(delivery({ secrets: ['whsec_not base64!'] }))).toThrow(
      'a secret cannot be read',
    );
  });
});
