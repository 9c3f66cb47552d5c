"""Numbers over a time: jobs, papers, AI, and the columns of a dataset."""
