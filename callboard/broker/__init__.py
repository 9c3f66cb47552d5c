"""Redis: the state of every live job, changed only by the Lua scripts beside this file."""
