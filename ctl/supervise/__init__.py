"""Services under runit; nothing here knows what they are configured with."""
