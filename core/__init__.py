"""The technical kernel: what every business package stands on. It knows no word of procurement."""
