// The route of the services that decide before they answer.

import express from 'express';

import { parseBooking, type Booking } from './booking.ts';
import type { Answer } from './store.ts';

const STATUS: Readonly<Record<Answer, number>> = { booked: 201, stale: 200, conflict: 409 };

export function createDecidingApp(book: (booking: Booking) => Promise<Answer>): express.Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(express.json());
  // Express 5 hands on what an async handler throws.
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers
  app.post('/api/appointments', async (req, res) => {
    const booking = parseBooking(req.body);
    if (booking === undefined) return void res.status(400).json({ error: 'not a booking' });
    const outcome = await book(booking);
    res.status(STATUS[outcome]).json({ ...booking, outcome });
  });
  return app;
}
