"""What leaves the system as files: ledger, csv, GeoJSON, SQLite snapshot, weekly brief. Masked by default, audited always."""
