"""The command line: screens for either direction, reports and JSON documents."""
