"""What the jobs work on: papers, their analyses, embeddings, files and mail."""
