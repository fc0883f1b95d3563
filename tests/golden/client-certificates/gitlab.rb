external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
registry['nginx']['ssl_client_certificate'] = '/etc/gitlab/ssl/clients.pem'
registry['nginx']['ssl_verify_client'] = 'on'
registry['nginx']['ssl_verify_depth'] = '2'
registry['nginx']['ssl_conf_command'] = 'Options PrioritizeChaCha'
registry['nginx']['hsts_include_subdomains'] = true
