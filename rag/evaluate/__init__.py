"""Measuring answers with scripted questions; :func:`rag.evaluate.run.evaluate` is the map of it."""
