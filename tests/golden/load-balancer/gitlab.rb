external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
registry['nginx']['listen_port'] = 5678
registry['nginx']['redirect_http_to_https'] = true
registry['nginx']['listen_addresses'] = ['0.0.0.0', '[::]']
