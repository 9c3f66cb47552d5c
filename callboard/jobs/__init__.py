"""The words and rules of the engine: pure values and functions, no Redis, SQL, Flask or Dramatiq."""
