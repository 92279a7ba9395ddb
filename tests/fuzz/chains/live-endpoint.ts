// The life of a webhook endpoint: registered, pinged, notified of a booking, changed, disabled, deleted. No other case
// uses its org, so no other case causes deliveries to it.

import { setTimeout as delay } from 'node:timers/promises';
import { aBooking } from './book-and-change.ts';
import { memberOf, type Talk, type Told } from './talk.ts';

const POLL_MS = 50;
/** All receivers of a run are one host, so a ping waits for a delivery turn like everything else that is sent there. */
const ARRIVES_WITHIN_MS = 120_000;

export async function liveEndpoint(talk: Talk): Promise<void> {
  const { room } = talk;
  const orgId = room.quietOrg();
  const query = { orgId };
  const canary = room.mint();
  const body = { orgId, url: `${room.receiverUrl}/${canary}`, description: canary };
  const made = await talk.ask('registerEndpoint', { body, canaries: [canary] });
  const id = String(memberOf(made.body, 'id'));
  if (made.status !== 201) return talk.must(false, 'an endpoint is registered', made);
  const of = { path: { id }, query };
  const read = await talk.ask('getEndpoint', of);
  talk.must(
    memberOf(read.body, 'secret') === undefined,
    'a secret is shown once',
    Object.keys(read.body ?? {}),
  );
  const pinged = await talk.ask('pingEndpoint', of);
  await mustArrive(talk, { orgId, id, deliveryId: String(memberOf(pinged.body, 'id')) });
  const slot = { orgId, resourceId: room.mint(), id: room.mint() };
  await talk.ask('bookAppointment', { body: aBooking(room, slot), headers: [['prefer', 'wait=10']] });
  await rotate(talk, of, memberOf(made.body, 'secret'));
  const since = new Date(Date.now() - 60_000).toISOString();
  const recovered = await talk.ask('recoverDeliveries', { ...of, query: { ...query, since } });
  talk.must(recovered.status === 202, 'an endpoint is recovered', recovered);
  await disableAndDelete(talk, of);
}

async function mustArrive(
  talk: Talk,
  { orgId, id, deliveryId }: { orgId: string; id: string; deliveryId: string },
): Promise<void> {
  const of = { path: { id, deliveryId }, query: { orgId } };
  const deadlineMs = performance.now() + ARRIVES_WITHIN_MS;
  let told: Told | undefined;
  while (performance.now() < deadlineMs) {
    told = await talk.ask('getDelivery', of);
    if (told.status !== 200 || memberOf(told.body, 'status') === 'delivered') break;
    await delay(POLL_MS);
  }
  talk.must(memberOf(told?.body, 'status') === 'delivered', 'a ping arrives', told);
  const again = await talk.ask('redeliver', of);
  talk.must(again.status === 202, 'what arrived can be sent again', again);
  const list = await talk.ask('listDeliveries', { path: { id }, query: { orgId, limit: '5' } });
  talk.must(Array.isArray(list.body) && list.body.length > 0, 'the log has what was sent', list);
}

type Of = { readonly path: { readonly id: string }; readonly query: { readonly orgId: string } };

async function rotate(talk: Talk, of: Of, before: unknown): Promise<void> {
  const rotated = await talk.ask('rotateSecret', of);
  const secret = memberOf(rotated.body, 'secret');
  talk.must(
    typeof secret === 'string' && secret !== before,
    'a rotated secret is another one',
    rotated.status,
  );
  const callbacks = await talk.ask('rotateSecret', { ...of, path: { id: 'callbacks' } });
  talk.must(callbacks.status === 200, 'the secret of callbacks can be rotated', callbacks.status);
  const builtIn = await talk.ask('deleteEndpoint', { ...of, path: { id: 'callbacks' } });
  talk.must(builtIn.status === 409, 'the endpoint for callbacks cannot be deleted', builtIn);
}

async function disableAndDelete(talk: Talk, of: Of): Promise<void> {
  const disabled = await talk.ask('changeEndpoint', { ...of, body: { isEnabled: false } });
  talk.must(memberOf(disabled.body, 'isEnabled') === false, 'an endpoint can be disabled', disabled);
  const silent = await talk.ask('pingEndpoint', of);
  talk.must(silent.status === 409, 'a disabled endpoint is not pinged', silent);
  const deleted = await talk.ask('deleteEndpoint', of);
  talk.must(deleted.status === 204, 'an endpoint can be deleted', deleted);
  for (const operationId of ['getEndpoint', 'pingEndpoint', 'rotateSecret', 'listDeliveries']) {
    const gone = await talk.ask(operationId, of);
    talk.must(gone.status === 404, 'what was deleted is not there', { operationId, gone });
  }
}
