"""What each preset draws, written from the sources and apart from the presets: the table, its laws, and its grammar."""
