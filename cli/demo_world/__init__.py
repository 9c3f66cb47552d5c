"""The world of `callboard up --demo`: what has happened in it, what stands in it, and what goes on in it."""
