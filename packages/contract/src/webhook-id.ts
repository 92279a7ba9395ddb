// The `webhook-id` of a delivery. Standard Webhooks wants no dot in it; a prefix and the digits of the UUID.

const WEBHOOK_ID = /^msg_([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/;

export function webhookIdOf(deliveryId: string): string {
  return `msg_${deliveryId.replaceAll('-', '')}`;
}

/** The delivery's UUID; `undefined` for what is no webhook id of ours. */
export function parseWebhookId(text: string): string | undefined {
  return WEBHOOK_ID.exec(text)?.slice(1).join('-');
}
