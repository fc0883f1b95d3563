registry_external_url 'https://gitlab.example.com:5050'
registry_nginx['ssl_certificate'] = "/etc/ssl/private/gitlab.pem"
registry_nginx['ssl_certificate_key'] = "/etc/ssl/private/gitlab.key"
