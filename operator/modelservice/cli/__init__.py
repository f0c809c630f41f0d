"""What people type: one module per command below `commands`, and around them what commands share."""
