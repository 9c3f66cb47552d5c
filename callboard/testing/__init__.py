"""For the tests of those who use Callboard: their jobs on a real engine, run in the calling thread, time held still."""
