// One attack on one service: the victim is measured alone, then during the attack, while the service is watched.

import { makeKey } from '@slotline/testkit';
import type { Stage } from '../stage/stage.ts';
import { startSlotline, type Slotline } from '../systems/start-slotline.ts';
import type { Attack } from './attack.ts';
import type { HostileTally, Target } from './attacker-messages.ts';
import { startAttacker, type Attacker } from './start-attacker.ts';
import { startVictim, type Victim } from './start-victim.ts';
import type { VictimFigures } from './victim-messages.ts';
import { watchService, type ServiceFigures } from './watch-service.ts';

export interface HostileWorld {
  readonly stage: Stage;
  readonly slotline: Slotline;
  readonly attacker: Attacker;
  readonly victim: Victim;
}

export interface AttackReport {
  readonly attack: string;
  readonly alone: VictimFigures;
  readonly during: VictimFigures;
  readonly service: ServiceFigures;
  /** What the attacker was answered while it prepared and while it attacked. */
  readonly prepared: HostileTally;
  readonly attacked: HostileTally;
}

export interface AttackPlan {
  /** How long the victim is measured alone, 0 for not at all, and how long the attack lasts. */
  readonly aloneSeconds: number;
  readonly seconds: number;
  /** Share of the full size of what the attack stores first. */
  readonly scale: number;
}

/** Receivers of the victim and of the attacks are on loopback, which production refuses. */
const ENVIRONMENT = { AUTH: 'keys', NODE_ENV: 'benchmark', WEBHOOK_ALLOW_PRIVATE: 'true' };
/** The code of the victim's requests is compiled in the first of them, in every process. */
const WARM_UP_SECONDS = 1;

/** The service as it ships, with its default limits; a victim with a webhook; an attacker that rests. */
export async function openHostileWorld(stage: Stage): Promise<HostileWorld> {
  const slotline = await startSlotline(stage, { workers: 1, isBounded: true, environment: ENVIRONMENT });
  const key = await makeKey(slotline, { orgId: 'victim', scopes: ['read', 'write', 'webhooks'] });
  const [attacker, victim] = await Promise.all([
    startAttacker(stage),
    startVictim(stage, { address: slotline.address, orgId: 'victim', key }),
  ]);
  await victim(WARM_UP_SECONDS);
  return { stage, slotline, attacker, victim };
}

export async function measureAttack(
  { stage, slotline, attacker, victim }: HostileWorld,
  { name: attack, prepare }: Attack,
  { aloneSeconds, seconds, scale }: AttackPlan,
): Promise<AttackReport> {
  const target = await hostileTarget(slotline, { attack, scale });
  const prepared: HostileTally =
    prepare === undefined ? { answers: {}, answerBytesMax: 0 } : await attacker({ attack, target });
  const alone = await victim(aloneSeconds);
  const watch = await watchService(stage, slotline);
  const [during, attacked] = await Promise.all([victim(seconds), attacker({ attack, target, seconds })]);
  return { attack, alone, during, prepared, attacked, service: await watch.stop() };
}

/** Each attack is another organisation's, so that what it leaves waiting is not the next one's. */
async function hostileTarget(
  slotline: Slotline,
  { attack, scale }: { attack: string; scale: number },
): Promise<Target> {
  const orgId = `hostile-${attack}`;
  const key = await makeKey(slotline, { orgId, scopes: ['read', 'write', 'webhooks'] });
  return { port: Number(new URL(slotline.address).port), orgId, key, scale };
}
