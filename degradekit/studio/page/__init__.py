"""The studio's page, made with NiceGUI; the only part that needs the extra `studio`."""
