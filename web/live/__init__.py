"""The live stream: one reader of the events per process, fanned out in memory over SSE and WebSocket."""
