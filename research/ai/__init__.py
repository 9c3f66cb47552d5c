"""Reading a paper for its summary, key phrases and findings: by a model elsewhere, or on this machine."""
