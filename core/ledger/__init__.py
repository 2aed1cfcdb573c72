"""The office's ledger comes in: one importer for every kind of record."""
