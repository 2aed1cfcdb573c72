"""Files from outside: named, examined in a process apart, kept, scanned for viruses, and shown safely."""
