import { expect, test } from '@jest/globals';
import { appointment, batch, book, cancel, hourlyAppointments, moment, slot } from '../test/requests.ts';
import type { Appointment } from './appointment.ts';
import { decide } from './decide.ts';
import { neighboursToLoad } from './neighbours.ts';
import type { Request } from './request.ts';

const at = (start: number, end: number) => ({ start: slot(start), end: slot(end) });

function neighbours(standing: readonly Appointment[], ...requests: readonly Request[]) {
  const own = requests.map((request, n) => ({ ...request, requestId: `q${n}` }));
  return neighboursToLoad(standing, decide({ appointments: standing, decided: new Map() }, own));
}

test('neighbours are those before the first blocker and behind the interval asked for', () => {
  expect(neighbours(hourlyAppointments(5), book({ ...at(2, 4) }))).toEqual([
    { requestId: 'q0', resourceId: 'r1', before: slot(2), end: slot(4), takenAway: 0 },
  ]);
});

test('without a conflict of a single book nothing has to be loaded', () => {
  expect(neighbours([], book(), cancel())).toEqual([]);
  expect(neighbours(hourlyAppointments(1), batch(book()))).toEqual([]);
});

test('what earlier requests took away from the resource is counted, each once, and what they refused is not', () => {
  const standing = [
    ...hourlyAppointments(6),
    appointment({ id: 'elsewhere', resourceId: 'r2' }),
    appointment({ id: 'gone', status: 'cancelled', ...at(9, 10) }),
  ];
  const counted = neighbours(
    standing,
    cancel({ appointmentId: 'f0' }),
    cancel({ appointmentId: 'f0', updatedAt: moment(3) }),
    book({ appointmentId: 'f1', ...at(20, 21), updatedAt: moment(2) }),
    batch(cancel({ appointmentId: 'elsewhere' }), cancel({ appointmentId: 'f2' })),
    cancel({ appointmentId: 'nobody' }),
    cancel({ appointmentId: 'gone' }),
    book({ appointmentId: 'new', ...at(30, 31) }),
    book({ ...at(4, 5) }),
    book({ appointmentId: 'elsewhere', resourceId: 'r1', ...at(4, 5), updatedAt: moment(4) }),
  );
  expect(counted.map(({ requestId, takenAway }) => [requestId, takenAway])).toEqual([
    ['q7', 3],
    ['q8', 3],
  ]);
});

test('an appointment that blocks itself is counted once', () => {
  const refused = (requestId: string) =>
    book({ requestId, appointmentId: 'f0', ...at(4, 5), updatedAt: moment(5) });
  const moved = book({ appointmentId: 'f0', ...at(8, 9), updatedAt: moment(2) });
  const counted = neighbours(hourlyAppointments(6), refused('a'), moved, refused('b'));
  expect(counted.map(({ takenAway }) => takenAway)).toEqual([1, 1]);
});
