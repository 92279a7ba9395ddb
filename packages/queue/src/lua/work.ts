/** The worker's only call while it serves: settles decided batches and hands out the next ones. */
import { ITEM_RECORD_LUA } from './item-record.ts';
import { READ_BATCH_LUA } from './read-batch.ts';
import { SETTLE_LUA } from './settle.ts';
import { TAKE_LUA } from './take.ts';

export const WORK_LUA = `
--[[
  Settles batches of any orgs of the shard, and then hands out batches of orgs of the lines that the worker holds.
  Without settlements it writes nothing, so Redis replies without a sync, and may be out of memory.

  KEYS[1] busy     zset  org id -> acceptance time (ms) of its oldest item
  KEYS[2] weights  hash  org id -> weight; absent = 1
  KEYS[3] clocks   hash  line -> virtual time of the org served last in it

  ARGV[1] tag
  ARGV[2] settledTtlMs
  ARGV[3] channel     messages: JSON [[id, result], ...]
  ARGV[4] paceTtlMs
  ARGV[5] number of batches to settle, then for each:
          orgId, line, paceMs (measured ms per item, '' = not measured), n, then n times: streamId, id, fingerprint, result
          ('' = too large to be kept here)
  then, when batches are wanted:
          room        maximum number of orgs
          itemsMax    of all batches together; the last one may exceed it
          bytesMax    of all batches together; one item always fits
          batchMax    items of one batch
          sharedMax   items of one batch per unit of weight, while other orgs are served as well
          clock       virtual time of the org this worker took last
          s           number of orgs, at most 2, that this worker serves or served within the last second
          l           number of lines
          s times: orgId
          l times: line, offset   '' = this worker has not yet taken from it
          the rest: excluded orgIds

  Returns { { settled, depth, settled, depth, ... }, taken }
    settled  how many entries of the batch this call removed
    depth    entries left in the mailbox
    taken    see takeBatches(); absent when no batches were requested
]]
${ITEM_RECORD_LUA}
local busyKey, weightsKey, clocksKey = unpack(KEYS)
local tag, settledTtlMs, channel, paceTtlMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
${READ_BATCH_LUA}
${SETTLE_LUA}
${TAKE_LUA}
local settlements, cursor = {}, 6
for _ = 1, tonumber(ARGV[5]) do
  local first = cursor + 4
  local last = first + tonumber(ARGV[cursor + 3]) * 4 - 1
  local settlement = settleBatch(ARGV[cursor], ARGV[cursor + 1], ARGV[cursor + 2], first, last)
  settlements[#settlements + 1] = settlement[1]
  settlements[#settlements + 1] = settlement[2]
  cursor = last + 1
end
closeSettlements()
if cursor > #ARGV then return { settlements } end
return { settlements, takeBatches(cursor) }
`;
