gitlab_rails['registry_enabled'] = true
gitlab_rails['internal_key'] = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpQIBAA\n-----END RSA PRIVATE KEY-----\n"
