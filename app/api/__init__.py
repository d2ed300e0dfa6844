"""HTTP: parse -> call -> reply. Rules and writes are elsewhere."""
