"""From a settings file to what is to be on disk; changes nothing but what `staging` puts there."""
