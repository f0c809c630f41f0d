"""What lies in model caches, who uses it, and the short-lived pods that look and remove."""
