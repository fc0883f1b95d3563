registry['compatibility_schema1_enabled'] = true
