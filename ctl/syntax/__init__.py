"""The settings language: from the text of a settings file to values that know where they stand."""
