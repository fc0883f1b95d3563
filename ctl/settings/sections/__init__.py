"""The declaration of the settings, a module a section."""
