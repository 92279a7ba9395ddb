--[[
  The worker's only call while it serves: completes batches of any orgs of the shard, and then hands out batches of orgs
  of the partitions that the worker holds. Without completions it writes nothing, so Redis replies without a sync, and
  may be out of memory.

  KEYS[1] busy     zset  org id -> acceptance time (ms) of its oldest item
  KEYS[2] weights  hash  org id -> weight; absent = 1
  KEYS[3] clocks   hash  partition -> virtual time of the org served last in it

  ARGV[1] tag
  ARGV[2] completedTtlMs
  ARGV[3] channel     messages: JSON [[id, result], ...]
  ARGV[4] paceTtlMs
  ARGV[5] number of batches to complete
  ARGV[6...] for each batch to complete:
          orgId, partition, paceMs (measured ms per item, '' = not measured), n, then n times:
            streamId, id, fingerprint, result ('' = too large to be kept here)
  then, when batches are wanted:
          room        maximum number of orgs
          itemsMax    of all batches together; the last one may exceed it
          bytesMax    of all batches together; one item always fits
          batchMax    items of one batch
          sharedMax   items of one batch per unit of weight, while other orgs are served as well
          clock       virtual time of the org this worker took last
          s           number of orgs, at most 2, that this worker serves or served within the last second
          p           number of partitions
          s times: orgId
          p times: partition, offset   '' = this worker has not yet taken from it
          the rest: excluded orgIds

  Returns { { completed, depth, completed, depth, ... }, taken }
    completed  how many entries of the batch this call removed
    depth    entries left in the mailbox
    taken    as returned by takeBatches(); absent when no batches were requested
]]
--- @include "complete-batches"
--- @include "take-batches"
local completing = openCompletions(ARGV[1], KEYS, ARGV[2], ARGV[3], ARGV[4])
local completions, cursor = {}, 6
for _ = 1, tonumber(ARGV[5]) do
  local completed, depth
  completed, depth, cursor = completeBatch(completing, ARGV, cursor)
  completions[#completions + 1] = completed
  completions[#completions + 1] = depth
end
closeCompletions(completing)
if cursor > #ARGV then return { completions } end
return { completions, takeBatches(ARGV[1], KEYS[2], ARGV, cursor) }
