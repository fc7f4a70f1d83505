"""What the system tests are made of: one noun a module."""
