# GitLab runs elsewhere, and so does the nginx in front of the registry.
registry['enable'] = true
registry['registry_http_addr'] = '0.0.0.0:5000'
registry['token_realm'] = 'https://gitlab.example.com/'
registry['debug_addr'] = '127.0.0.1:5001'
registry['log_formatter'] = 'json'
registry['log_level'] = 'debug'
registry['http_draintimeout'] = '2m'
registry['env'] = { 'REGISTRY_HTTP_RELATIVEURLS' => true, 'API_TOKEN' => 'x' }
gitlab_rails['registry_issuer'] = 'gitlab-issuer'
gitlab_rails['registry_enabled'] = false
