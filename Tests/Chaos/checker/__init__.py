"""What must hold after chaos: knows only what clients sent and were told, the topics, and the SQLite files."""
