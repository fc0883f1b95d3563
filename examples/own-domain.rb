# A registry with a domain and a certificate of its own, and plain HTTP sent to HTTPS.
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'

registry['nginx']['ssl_certificate'] = '/etc/gitlab/ssl/wildcard.example.com.crt'
registry['nginx']['ssl_certificate_key'] = '/etc/gitlab/ssl/wildcard.example.com.key'
registry['nginx']['redirect_http_to_https'] = true
