-- Append one event to the stream, in the same atomic step as the change it tells of; `data` is a JSON object or nothing.
local function emit(event, id, type, queue, version, data)
  redis.call('XADD', events_key(), 'MAXLEN', '~', EVENTS_CAP, '*',
    'event', event, 'id', id, 'type', type, 'queue', queue, 'version', version, 'data', data or '')
end
