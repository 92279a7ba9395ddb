// The `webhook-id` of a delivery. A prefix and the digits of the UUID, because Standard Webhooks allows no dot.

const WEBHOOK_ID = /^msg_([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/;

export function webhookIdOf(deliveryId: string): string {
  return `msg_${deliveryId.replaceAll('-', '')}`;
}

/** The delivery's UUID; `undefined` if the text is not a webhook id of this service. */
export function parseWebhookId(text: string): string | undefined {
  return WEBHOOK_ID.exec(text)?.slice(1).join('-');
}
