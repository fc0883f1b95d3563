"""What an administrator changes: reconfigure, rollback, and what is looked at before."""
