/**
 * Writes a snapshot only forward, and announces it only when it was written. Newer is what has the later log time, or at the same
 * log time the higher sequence: within a stream that is the order of sequences, and it holds as well when a stream starts
 * anew from 1 (other strategy, fresh topics). Doubles hold both exactly. KEYS[1] is the key and names the channel; ARGV: log time (microseconds), sequence,
 * method, value. Returns 1 when written, 0 when what is there is as new or newer.
 */
export const SNAPSHOT_SCRIPT = `
local there = redis.call('HMGET', KEYS[1], 'logTime', 'sequence')
local logTime, sequence = tonumber(there[1] or ''), tonumber(there[2] or '')
if logTime and sequence then
  local newTime, newSequence = tonumber(ARGV[1]), tonumber(ARGV[2])
  if newTime < logTime or (newTime == logTime and newSequence <= sequence) then return 0 end
end
redis.call('HSET', KEYS[1], 'logTime', ARGV[1], 'sequence', ARGV[2], 'method', ARGV[3], 'value', ARGV[4])
redis.call('PUBLISH', KEYS[1], ARGV[4])
return 1
`;
