"""Break ctl on purpose, one small thing at a time, and see whether a test notices."""
