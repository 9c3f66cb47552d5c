"""Named flows of the platform, a few lines each."""
