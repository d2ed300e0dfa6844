"""What leaders and the task force look at: queries and decisions, values in and out. `app/api/review*.py` speaks HTTP for it."""
