"""Articles in: read sources, cut them into chunks, put them into the store."""
