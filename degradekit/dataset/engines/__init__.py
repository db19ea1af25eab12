"""Where shards are built. An engine decides nothing about their content."""
