"""Mail: templates, checked addresses and headers, sent over SMTP or written into a folder, each mail once."""
