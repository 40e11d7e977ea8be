"""The chat in the browser: its page, its notices and what becomes of a reply."""
