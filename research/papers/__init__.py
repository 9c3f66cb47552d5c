"""Reading a research paper from a PDF: its text, who wrote it, and the quantities it reports."""
