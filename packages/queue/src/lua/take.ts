/** Reads the first batch of a turn. Takes nothing away: an entry leaves its mailbox only when it is settled. */
import { READ_BATCH_LUA } from './read-batch.ts';

export const TAKE_LUA = `
--[[
  KEYS[1] mailbox   stream of the org
  KEYS[2] paused    set of org ids
  KEYS[3] weights   hash org id -> slices a turn may use; absent = 1
  ARGV[1] orgId
  ARGV[2] countMax
  ARGV[3] bytesMax
  ARGV[4] sharedMax  most entries for each slice of weight; 0 = no other org is served
  Returns { weight, { streamId, id, payload, fingerprint, ... } }, empty when there is nothing or the org is paused.
  Writes nothing, so it also works while Redis is out of memory.
]]
${READ_BATCH_LUA}
local weight = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or 1)
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return { weight, {} } end
return { weight, readBatch(KEYS[1], batchSize(tonumber(ARGV[2]), tonumber(ARGV[4]), weight), tonumber(ARGV[3])) }
`;
