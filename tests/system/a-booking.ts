// The booking that the system tests start from; each test changes what it is about.

export const BOOKING = {
  id: '42',
  start: '2030-10-10 20:20',
  end: '2030-10-10 20:30',
  createdAt: '2030-09-02 14:23:12',
  updatedAt: '2030-09-28 14:23:12',
};
