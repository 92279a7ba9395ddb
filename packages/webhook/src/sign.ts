// Signatures of Standard Webhooks, made by its reference library. What is signed is the very string that is
// posted, with the time of the attempt, so a recorded delivery cannot be played back later.

import { Webhook } from 'standardwebhooks';

export interface Signing {
  /** The same for every attempt of one delivery. Letters, digits, `_` and `-`: a dot would blur what is signed. */
  readonly webhookId: string;
  /** When this attempt is sent; receivers refuse one that is more than five minutes off. */
  readonly sentAt: Date;
  readonly body: string;
  /** One, or two while the older one still counts. */
  readonly secrets: readonly string[];
}

/** The three headers of a delivery, with one signature for each secret in the order given. */
export function signHeaders({ webhookId, sentAt, body, secrets }: Signing): Record<string, string> {
  if (!/^[\w-]+$/.test(webhookId)) throw new RangeError('a webhook id has letters, digits, _ and - only');
  if (secrets.length === 0) throw new RangeError('a delivery needs a secret to be signed with');
  return {
    'webhook-id': webhookId,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => signWith(secret, { webhookId, sentAt, body })).join(' '),
  };
}

function signWith(secret: string, { webhookId, sentAt, body }: Omit<Signing, 'secrets'>): string {
  return openWebhook(secret).sign(webhookId, sentAt, body);
}

// The library's own error may quote what it could not read, which is the secret.
function openWebhook(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new RangeError('a secret cannot be read');
  }
}
