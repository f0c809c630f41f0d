"""What engines write into their logs before they die, as tables: one file per engine, and one for what all share."""
