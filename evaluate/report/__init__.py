"""A report as a file: HTML, JUnit XML and JSON."""
